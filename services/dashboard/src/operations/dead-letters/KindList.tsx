import type { UseQueryResult } from "@tanstack/react-query";
import type { Schemas } from "@/api/client";
import { Region } from "@/ui/region";
import { Skeleton } from "@/ui/skeleton";
import type { DeadLetterFilter } from "./filter";
import type { Kind } from "./groups";
import { Kinds } from "./Kinds";
import { Nothing } from "./Nothing";

type KindListProps = {
    summary: UseQueryResult<Schemas["Summary"]>;
    kinds: readonly Kind[];
    filter: DeadLetterFilter;
    onFilter: (filter: DeadLetterFilter) => void;
};

export function KindList({ summary, kinds, filter, onFilter }: KindListProps) {
    return (
        <Region query={summary} skeleton={<Skeleton className="h-72 rounded-lg" />}>
            {() =>
                kinds.length === 0 ? (
                    <Nothing filter={filter} onFilter={onFilter} />
                ) : (
                    <Kinds kinds={kinds} filter={filter} />
                )
            }
        </Region>
    );
}
