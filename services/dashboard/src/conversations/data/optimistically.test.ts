import { describe, expect, it } from "vitest";
import { HandClock } from "@/realtime/testing/hand-clock";
import { optimistically } from "./optimistically";
import { decidedList, Decisions } from "./overlay";
import { MadeClinic } from "./testing/made-clinic";

class Temporary extends Error {}

function act(outcomes: (Error | "ok")[]) {
    const clock = new HandClock();
    const log: string[] = [];
    const done = optimistically<string>({
        clock,
        show: () => {
            log.push("shown");
            return () => log.push("taken back");
        },
        mutate: () => {
            const outcome = outcomes.shift() ?? "ok";
            return outcome === "ok" ? Promise.resolve("answer") : Promise.reject(outcome);
        },
        settle: (answer) => log.push(`settled ${answer}`),
        isTemporary: (error) => error instanceof Temporary,
        progress: ({ state }) => log.push(state),
    });
    return { clock, log, done };
}

describe("something that is shown at once", () => {
    it("gives way to the server's answer only when that is in its place", async () => {
        const { log, done } = act(["ok"]);
        expect(await done).toBe(true);
        expect(log).toEqual(["shown", "running", "settled answer", "taken back", "done"]);
    });

    it("is tried again while that may help, with waits between", async () => {
        const { clock, log, done } = act([new Temporary(), new Temporary(), "ok"]);
        await clock.pass(0);
        expect(log.at(-1)).toBe("retrying");
        await clock.pass(20_000);
        expect(await done).toBe(true);
        expect(log.filter((word) => word === "retrying")).toHaveLength(2);
    });

    it("is taken back at once where the server refuses, and after the last try where it never answers", async () => {
        const refused = act([new Error("stale")]);
        expect(await refused.done).toBe(false);
        expect(refused.log).toEqual(["shown", "running", "taken back", "rolled-back"]);
        const silent = act(Array.from({ length: 9 }, () => new Temporary()));
        await silent.clock.pass(60_000);
        expect(await silent.done).toBe(false);
        expect(silent.log.filter((word) => word === "retrying")).toHaveLength(3);
    });
});

describe("decisions that the server has not confirmed", () => {
    it("take a conversation out of one list and into another, and leave no trace when they are taken back", () => {
        const clinic = new MadeClinic();
        clinic.open("1");
        clinic.open("2");
        const both = [clinic.detail("2").conversation, clinic.detail("1").conversation];
        const decisions = new Decisions();
        decisions.add({ token: "t", conversation: clinic.detail("1").conversation, fields: { status: "archived" } });
        const ids = (filters: { status: "active" | "archived" }, list = both) =>
            decidedList(list, decisions.all(), filters, "1").map(({ id }) => id);
        expect(ids({ status: "active" })).toEqual(["2"]);
        expect(ids({ status: "archived" }, [])).toEqual(["1"]);
        decisions.remove("t");
        expect(ids({ status: "active" })).toEqual(["2", "1"]);
        expect(ids({ status: "archived" }, [])).toEqual([]);
    });
});
