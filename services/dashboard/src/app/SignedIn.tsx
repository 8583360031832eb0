import { QueryClientProvider } from "@tanstack/react-query";
import { useState } from "react";
import { LiveProvider } from "./live";
import { newQueryClient } from "./query-client";
import { Shell } from "./shell/Shell";

/** What somebody who is signed in sees; its cache is theirs alone. */
export function SignedIn() {
    const [client] = useState(newQueryClient);
    return (
        <QueryClientProvider client={client}>
            <LiveProvider>
                <Shell />
            </LiveProvider>
        </QueryClientProvider>
    );
}
