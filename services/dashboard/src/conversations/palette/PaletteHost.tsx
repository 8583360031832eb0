import { lazy, Suspense, useState } from "react";
import { useShortcuts } from "../keyboard/useShortcuts";

const CommandPalette = lazy(() => import("./CommandPalette"));
const HelpDialog = lazy(() => import("../keyboard/HelpDialog"));

/** Hears the two shortcuts that hold everywhere; what they open is loaded when somebody first wants it. */
export function PaletteHost() {
    const [shown, setShown] = useState<"palette" | "help" | null>(null);
    useShortcuts(
        {
            palette: () => setShown((now) => (now === "palette" ? null : "palette")),
            help: () => setShown("help"),
        },
        { evenInDialogs: true },
    );
    return (
        <Suspense fallback={null}>
            {shown === "palette" && <CommandPalette onDone={() => setShown(null)} onHelp={() => setShown("help")} />}
            {shown === "help" && <HelpDialog onClose={() => setShown(null)} />}
        </Suspense>
    );
}
