import "./app/without-eval";
import "./app/theme.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/App";
import { bringFirstPage } from "./app/first-page";
import { startTranslation } from "./i18n";

bringFirstPage(location.pathname);

void startTranslation().then(() => {
    const root = document.getElementById("root");
    if (root)
        createRoot(root).render(
            <StrictMode>
                <App />
            </StrictMode>,
        );
});
