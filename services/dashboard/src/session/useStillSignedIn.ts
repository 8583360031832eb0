import { useQuery } from "@tanstack/react-query";
import { answer, api } from "@/api/client";
import { session } from "./session";

/** Ask the API whether the session goes on, and who the user is now: when the page loads and when one comes back to it. */
export function useStillSignedIn(): void {
    useQuery({
        queryKey: ["session", "me"],
        queryFn: async () => {
            const identity = await answer(api.GET("/api/auth/me"));
            session.update(identity);
            return identity;
        },
        staleTime: 60_000,
        refetchOnWindowFocus: true,
    });
}
