import { expect, it } from "vitest";
import { conversation } from "../testing/made";
import { type Fate, outcomeOf } from "./outcome";

const done = (id: string, changed: boolean): Fate => ({
    id,
    status: 200,
    conversation: conversation({ id }),
    changed,
    problem: null,
});
const refused = (id: string, status: number, code: string | null): Fate => ({
    id,
    status,
    conversation: null,
    changed: false,
    problem: { type: "about:blank", title: "", status, detail: "", errors: null, code, correlation_id: null },
});

it("tells apart what changed, what was so already, and what was refused and why", () => {
    const fates = [done("1", true), done("2", false), refused("3", 409, "stale_assignment"), refused("4", 404, null)];
    expect(outcomeOf(fates)).toEqual({
        changed: 1,
        unchanged: 1,
        refused: [
            { id: "3", code: "stale_assignment" },
            { id: "4", code: "not_found" },
        ],
    });
    expect(outcomeOf([refused("5", 500, "new_code")]).refused[0]?.code).toBe("other");
});
