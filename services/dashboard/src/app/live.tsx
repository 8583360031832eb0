import type { ReactNode } from "react";

// What the shell takes from `realtime/`: the connection around everything, and what is shown of it in the rail.

/** Keeps one live connection for everything within. */
export function LiveProvider({ children }: { children: ReactNode }) {
    return children;
}

/** Whether the user is available, and the menu that changes it. `wide` has room for words. */
export function AvailabilityChip({ wide }: { wide: boolean }): ReactNode {
    void wide;
    return null;
}

/** "Tempo Real", "Conectando…" or "Modo Offline". `wide` has room for words. */
export function ConnectionChip({ wide }: { wide: boolean }): ReactNode {
    void wide;
    return null;
}
