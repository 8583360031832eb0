import { z } from "zod";
import { answer, api, type Schemas } from "@/api/client";
import { apiFilter, type DeadLetterFilter } from "./filter";

/** What something is done to: these, or all that a filter matches. */
export type Choice = { ids: readonly string[] } | { filter: DeadLetterFilter };

const counts = z.record(z.string(), z.number());
const sourceNames = z.array(z.string());

/** What a dry run tells; the API's document only has the answer of the replay itself. */
const planOf = z.object({
    count: z.number(),
    by_source: counts,
    by_event_type: counts,
    oldest: z.string().nullable(),
    preflight: z.object({
        redis: z.string(),
        paused_sources: sourceNames,
        closed_sources: sourceNames,
        resting_sources: sourceNames,
    }),
    plan_token: z.string().nullable(),
});
export type Plan = z.infer<typeof planOf>;

export type ReplayTerms = { rate: number; maxFailures: number; acceptDuplicates: boolean };

function chosen(choice: Choice) {
    return "ids" in choice
        ? { ids: [...choice.ids] }
        : { filter: apiFilter(choice.filter) as Schemas["DeadLetterFilter"] };
}

const UNSAID = {
    dry_run: false,
    plan_token: null,
    rate: 20,
    max_failures: 50,
    start_at: null,
    accept_duplicates: false,
};

export async function planReplay(choice: Choice): Promise<Plan> {
    const body = { ids: null, filter: null, ...UNSAID, ...chosen(choice), dry_run: true };
    return planOf.parse(await answer(api.POST("/api/dlq/replays", { body })));
}

export function makeReplay(choice: Choice, planToken: string | null, terms: ReplayTerms) {
    const body = {
        ...{ ids: null, filter: null, ...UNSAID, ...chosen(choice), plan_token: planToken },
        ...{ rate: terms.rate, max_failures: terms.maxFailures, accept_duplicates: terms.acceptDuplicates },
    };
    return answer(api.POST("/api/dlq/replays", { body }));
}

export function planDiscard(choice: Choice, reason: string) {
    return discards(choice, { dry_run: true, plan_token: null, reason });
}

export function makeDiscard(choice: Choice, planToken: string | null, reason: string) {
    return discards(choice, { dry_run: false, plan_token: planToken, reason });
}

function discards(choice: Choice, terms: Pick<Schemas["DiscardsBody"], "dry_run" | "plan_token" | "reason">) {
    return answer(api.POST("/api/dlq/discards", { body: { ids: null, filter: null, ...chosen(choice), ...terms } }));
}
