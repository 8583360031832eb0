import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { answer, api } from "@/api/client";
import type { Colleague } from "../entities";

/** Everybody of the clinic, also who has left: their names stand in conversations. */
export function useColleagues(): { colleagues: Colleague[]; nameOf: (userId: string) => string } {
    const { data } = useQuery({
        queryKey: ["colleagues"],
        queryFn: () => answer(api.GET("/api/users")),
        staleTime: 5 * 60_000,
    });
    return useMemo(() => {
        const colleagues = data?.users ?? [];
        const names = new Map(colleagues.map((colleague) => [colleague.id, colleague.name]));
        return { colleagues, nameOf: (userId: string) => names.get(userId) ?? "" };
    }, [data]);
}
