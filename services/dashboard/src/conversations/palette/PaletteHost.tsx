import { useState } from "react";
import { QuietBoundary } from "@/app/QuietBoundary";
import { lazily } from "@/ui/lazily";
import { useShortcuts } from "../keyboard/useShortcuts";

const CommandPalette = lazily(() => import("./CommandPalette").then((file) => file.CommandPalette));
const HelpDialog = lazily(() => import("../keyboard/HelpDialog").then((file) => file.HelpDialog));

/** Hears the two shortcuts that hold everywhere; what they open comes after the first load. */
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
        <QuietBoundary key={shown}>
            {shown === "palette" && <CommandPalette onDone={() => setShown(null)} onHelp={() => setShown("help")} />}
            {shown === "help" && <HelpDialog onClose={() => setShown(null)} />}
        </QuietBoundary>
    );
}
