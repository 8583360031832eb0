import { useQuery } from "@tanstack/react-query";
import { answer, api, ifMatch, type Schemas } from "@/api/client";

export type KeptUser = Schemas["KeptUser"];
export const ROLES: readonly KeptUser["role"][] = ["admin", "operator", "supervisor", "agent"];
export const USERS_KEY = ["users"] as const;

/** Everybody of the clinic as admins see them; integrations have a page of their own. */
export function useKeptUsers() {
    return useQuery({
        queryKey: [...USERS_KEY, "kept"],
        queryFn: async ({ signal }) => {
            const { users } = await answer(api.GET("/api/users", { signal }));
            return users.filter((user): user is KeptUser => "version" in user && user.kind === "person");
        },
    });
}

export function createUser(body: Schemas["UserBody"]) {
    return answer(api.POST("/api/users", { body }));
}

const path = (id: string) => ({ path: { user_id: id } });

export function changeUser(id: string, version: number, change: Partial<Schemas["UserChangeBody"]>) {
    const body = change as Schemas["UserChangeBody"];
    return answer(api.PATCH("/api/users/{user_id}", { params: path(id), body, headers: ifMatch(version) }));
}

/** Another password, which is made here where none is given. */
export function givePassword(id: string) {
    return answer(api.POST("/api/users/{user_id}/password", { params: path(id), body: { password: null } }));
}

export function signOut(id: string) {
    return answer(api.POST("/api/users/{user_id}/sign-out", { params: path(id) }));
}
