import { expect, it } from "vitest";
import { Problem } from "@/api/problem";
import { mergeRefusal } from "./refusal";

it("says who changed the contact that stays, where it is known", () => {
    expect(mergeRefusal(new Problem(412, { code: "stale", changed_by: { name: "Bruno" } }))).toEqual({
        key: "merge.stale",
        name: "Bruno",
    });
    expect(mergeRefusal(new Problem(412, { code: "stale", changed_by: null }))?.key).toBe("merge.staleUnknown");
});

it("tells what became of one of the two meanwhile", () => {
    expect(mergeRefusal(new Problem(409, { code: "merged", merged_into: "7" }))?.key).toBe("merge.alreadyOther");
    expect(mergeRefusal(new Problem(409, { code: "being_erased" }))?.key).toBe("merge.beingErased");
    expect(mergeRefusal(new Problem(404, {}))?.key).toBe("merge.gone");
});

it("leaves what is about no contact to the status", () => {
    expect(mergeRefusal(new Problem(409, { code: "something_else" }))).toBeNull();
    expect(mergeRefusal(new Problem(503, {}))).toBeNull();
});
