import "./app/without-eval";
import "./app/theme.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/App";
import { bringFirstPage } from "./app/first-page";
import { showWithoutTexts } from "./app/without-texts";
import { startTranslation } from "./i18n";

bringFirstPage(location.pathname);

const root = document.getElementById("root");
if (root)
    void startTranslation().then(
        () =>
            createRoot(root).render(
                <StrictMode>
                    <App />
                </StrictMode>,
            ),
        () => showWithoutTexts(root, () => location.reload()),
    );
