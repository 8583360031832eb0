import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { StatusChange } from "@/realtime/protocol";
import { HandClock } from "@/realtime/testing/hand-clock";
import { NOBODY, presentUsers, withChange, withListing } from "./presence";
import { stillTyping, TYPING_MS, withoutAuthor, withTyping } from "./typing";
import { TypingPace } from "./typing-pace";
import type { Message } from "./types";

const status = fc.constantFrom("online" as const, "away" as const, "busy" as const, "offline" as const);

describe("presence", () => {
    it("is what the server has, whatever the order of changes and lists", () => {
        const changes = fc.array(fc.record({ user: fc.constantFrom("1", "2", "3"), status }), { maxLength: 15 });
        fc.assert(
            fc.property(changes, fc.nat(15), fc.infiniteStream(fc.nat(1_000)), (list, listedAt, chance) => {
                const told: StatusChange[] = list.map(({ user, status: now }, index) => ({
                    user_id: user,
                    name: user,
                    status: now,
                    version: index + 1,
                    previous: "offline",
                    at: "",
                }));
                const truth = (until: number) => {
                    const latest = new Map(
                        told.filter(({ version }) => version <= until).map((change) => [change.user_id, change]),
                    );
                    return [...latest.values()].filter((change) => change.status !== "offline");
                };
                const version = Math.min(listedAt, told.length);
                const users = truth(version).map(({ user_id, name, status: now, version: own }) => ({
                    user_id,
                    name,
                    status: now,
                    version: own,
                    since: "",
                }));
                const steps = [
                    { listing: { users, counts: { online: 0, away: 0, busy: 0 }, version, stale: false } },
                    ...told.map((change) => ({ change })),
                ];
                const shuffled = steps
                    .map((step) => ({ step, key: chance.next().value }))
                    .sort((a, b) => a.key - b.key);
                const seen = shuffled.reduce(
                    (known, { step }) =>
                        "listing" in step ? withListing(known, step.listing) : withChange(known, step.change),
                    NOBODY,
                );
                const shown = presentUsers(seen).map(({ user_id, status: now }) => [user_id, now]);
                expect(shown.sort()).toEqual(
                    truth(told.length)
                        .map(({ user_id, status: now }) => [user_id, now])
                        .sort(),
                );
            }),
        );
    });
});

const PATIENT = { id: null, name: "Maria", kind: "patient" as const };
const BRUNO = { id: "2", name: "Bruno", kind: "agent" as const };
const typing = (user: typeof PATIENT | typeof BRUNO, now: boolean) => ({
    conversation_id: "1",
    user,
    typing: now,
    state: "composing" as const,
});

describe("typing", () => {
    it("ends when it is told, by itself after 6 s, and when the author's message appears", () => {
        const both = withTyping(withTyping([], typing(PATIENT, true), 0), typing(BRUNO, true), 1_000);
        expect(both.map(({ name }) => name)).toEqual(["Maria", "Bruno"]);
        expect(withTyping(both, typing(BRUNO, false), 1_000).map(({ name }) => name)).toEqual(["Maria"]);
        expect(stillTyping(both, TYPING_MS).map(({ name }) => name)).toEqual(["Bruno"]);
        const message = { sender_type: "patient", sender_user_id: null } as Message;
        expect(withoutAuthor(both, message).map(({ name }) => name)).toEqual(["Bruno"]);
    });

    it("is told once in 3 s while somebody types, and once when they stop", async () => {
        const clock = new HandClock();
        const told: [number, boolean][] = [];
        const start = clock.now();
        const pace = new TypingPace(clock, (now) => told.push([clock.now() - start, now]));
        for (let key = 0; key < 14; key += 1) {
            pace.keystroke();
            await clock.pass(500);
        }
        await clock.pass(10_000);
        expect(told).toEqual([
            [0, true],
            [3_000, true],
            [6_000, true],
            [9_500, false],
        ]);
    });
});
