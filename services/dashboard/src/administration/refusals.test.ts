import { describe, expect, it } from "vitest";
import { Problem } from "@/api/problem";
import { placeRefusal } from "./refusals";

function placed(problem: unknown): [boolean, Record<string, string | undefined>] {
    const errors: Record<string, string | undefined> = {};
    const all = placeRefusal<{ name: string; events: string[] }>(problem, ["name", "events"], (field, { message }) => {
        errors[String(field)] = message;
    });
    return [all, errors];
}

describe("what the API says is wrong", () => {
    it("stands beside the field it is about", () => {
        const errors = [
            { path: "name", message: "too long" },
            { path: "events.0", message: "unknown" },
        ];
        expect(placed(new Problem(400, { errors }))).toEqual([
            true,
            { name: "server:too long", events: "server:unknown" },
        ]);
    });

    it("is about the name where a name is taken", () => {
        expect(placed(new Problem(409, { code: "exists" }))).toEqual([true, { name: "taken" }]);
    });

    it("is not lost where no field of the form is meant", () => {
        expect(placed(new Problem(400, { errors: [{ path: "colour", message: "no" }] }))).toEqual([false, {}]);
        expect(placed(new Problem(503, {}))).toEqual([false, {}]);
        expect(placed(new TypeError("network"))).toEqual([false, {}]);
    });
});
