import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LiveEvent } from "@/realtime/contract";
import { changesOf, type Change } from "./changes";
import { allOf, patchedList, type ListOf, type ListPages } from "./list-pages";
import { mergedTimelines, patchedTimeline, type TimelinePages } from "./timeline-pages";
import type { LiveConversation } from "./live-conversation";
import { MadeClinic } from "./testing/made-clinic";
import type { ConversationFilters } from "./types";

const IDS = ["1", "2", "3", "12"];
const ME = "1";
const FILTERS: ConversationFilters[] = [
    { status: "active" },
    { status: "active", assigned_to: "me" },
    { status: "active", assigned_to: "none" },
    { status: "active", priority: "urgent" },
    { status: "archived" },
];

type Deed = { what: string; id: string; pick: number };
const deeds = fc.array(
    fc.record({
        what: fc.constantFrom(
            "patient",
            "professional",
            "assign",
            "archive",
            "priority",
            "read",
            "status",
            "edit",
            "delete",
            "react",
            "erase",
        ),
        id: fc.constantFrom(...IDS),
        pick: fc.nat(20),
    }),
    { maxLength: 30 },
);

const pickOf = <T>(list: readonly T[], pick: number): T => list[pick % list.length] as T;

function act(clinic: MadeClinic, { what, id, pick }: Deed): void {
    if (!clinic.has(id)) return clinic.open(id);
    switch (what) {
        case "patient":
        case "professional":
            return clinic.write(id, what);
        case "assign":
            return clinic.decide(id, { assigned_to: pickOf([null, "1", "2"], pick) });
        case "archive":
            return clinic.decide(id, { status: pickOf(["active", "archived"] as const, pick) });
        case "priority":
            return clinic.decide(id, { priority: pickOf(["normal", "urgent"] as const, pick) });
        case "read":
            return clinic.read(id);
        case "status":
            return clinic.alter(id, pick, { status: pickOf(["sent", "delivered", "read"] as const, pick) });
        case "edit":
            return clinic.alter(id, pick, { content: `edited ${pick}`, edited_at: "2026-01-01T00:00:00Z" });
        case "delete":
            return clinic.alter(id, pick, { deleted_at: "2026-01-01T00:00:00Z" });
        case "react":
            return clinic.alter(id, pick, { reactions: [{ emoji: "👍", by: "patient", at: "2026-01-01T00:00:00Z" }] });
    }
}

/** Any order that two workers and a repeated delivery can make of what was told. */
function disordered(events: readonly LiveEvent[], swaps: readonly number[], repeats: readonly number[]): LiveEvent[] {
    const list = [...events];
    for (const swap of swaps) {
        if (list.length < 2) break;
        const at = swap % (list.length - 1);
        list.splice(at, 2, list[at + 1] as LiveEvent, list[at] as LiveEvent);
    }
    for (const repeat of repeats) if (list.length > 0) list.push(pickOf(list, repeat));
    return list;
}

const disorder = {
    swaps: fc.array(fc.nat(1_000), { maxLength: 40 }),
    repeats: fc.array(fc.nat(1_000), { maxLength: 10 }),
};

/** The entry is fetched when the event tells that it is stale: what the server answers is as new as the event, or newer. */
function fetched(clinic: MadeClinic, change: Change): Change | null {
    if (change.change !== "stale") return change;
    if (!clinic.has(change.conversationId)) return { change: "gone", conversationId: change.conversationId };
    return { change: "entry", conversation: clinic.detail(change.conversationId).conversation };
}

/** What people see of a conversation; the versions are the cache's own affair. */
function seen(conversation: LiveConversation, hidden: readonly string[]) {
    return Object.fromEntries(Object.entries(conversation).filter(([name]) => !hidden.includes(name)));
}

function shownList(pages: ListPages) {
    return allOf(pages).map((conversation) => seen(conversation, ["fieldVersions"]));
}

function shownTimeline(timeline: TimelinePages) {
    const { head, messages } = timeline.pages[0] ?? { head: null, messages: [] };
    const conversation = head ? seen(head.conversation, ["fieldVersions", "version"]) : {};
    return { conversation, messages, actions: head?.actions };
}

describe("a list", () => {
    it("is, after any events in any order, what a fresh one would be", () => {
        fc.assert(
            fc.property(
                deeds,
                deeds,
                fc.constantFrom(...FILTERS),
                fc.record(disorder),
                (before, after, filters, { swaps, repeats }) => {
                    const clinic = new MadeClinic();
                    before.forEach((deed) => act(clinic, deed));
                    const list: ListOf = { filters, me: ME };
                    let pages = clinic.list(list, 100);
                    const known = clinic.told.length;
                    after.forEach((deed) => act(clinic, deed));
                    for (const event of disordered(clinic.told.slice(known), swaps, repeats)) {
                        for (const change of changesOf(event)) {
                            const whole = fetched(clinic, change);
                            if (whole) pages = patchedList(list, pages, whole).pages;
                        }
                    }
                    expect(shownList(pages)).toEqual(shownList(clinic.list(list, 100)));
                    expect(pages.pages[0]?.total).toBe(clinic.list(list, 100).pages[0]?.total);
                },
            ),
            { numRuns: 300 },
        );
    });

    it("shows nothing that belongs beyond what is loaded, and says when its total is no longer known", () => {
        fc.assert(
            fc.property(deeds, deeds, fc.integer({ min: 1, max: 3 }), (before, after, size) => {
                const clinic = new MadeClinic();
                IDS.forEach((id) => clinic.open(id));
                before.forEach((deed) => act(clinic, deed));
                const list: ListOf = { filters: { status: "active" }, me: ME };
                let pages = clinic.list(list, size);
                let recounted = false;
                const known = clinic.told.length;
                after.forEach((deed) => act(clinic, deed));
                for (const event of clinic.told.slice(known)) {
                    for (const change of changesOf(event)) {
                        const whole = fetched(clinic, change);
                        const patched = whole && patchedList(list, pages, whole);
                        if (patched) pages = patched.pages;
                        recounted ||= patched?.recount ?? false;
                    }
                }
                const fresh = clinic.list(list, 100);
                const shown = shownList(pages);
                // What is shown is the beginning of the truth: right, in order, without a hole.
                expect(shown).toEqual(shownList(fresh).slice(0, shown.length));
                if (!recounted) expect(pages.pages[0]?.total).toBe(fresh.pages[0]?.total);
            }),
            { numRuns: 300 },
        );
    });

    it("moves a conversation out as soon as its assignee is told, before anything is fetched", () => {
        const clinic = new MadeClinic();
        clinic.open("1");
        const list: ListOf = { filters: { assigned_to: "none" }, me: ME };
        const change: Change = { change: "fields", conversationId: "1", version: 9, fields: { assigned_to: "2" } };
        expect(shownList(patchedList(list, clinic.list(list, 10), change).pages)).toEqual([]);
    });

    it("leaves a search's members to the server", () => {
        const clinic = new MadeClinic();
        const list: ListOf = { filters: { q: "maria" }, me: ME };
        const pages = clinic.list(list, 10);
        clinic.open("1");
        const patched = patchedList(list, pages, { change: "entry", conversation: clinic.detail("1").conversation });
        expect(patched).toMatchObject({ pages, unsure: true });
    });
});

describe("a timeline", () => {
    it("is, after any events in any order, what a fresh one would be", () => {
        fc.assert(
            fc.property(deeds, deeds, fc.record(disorder), (before, after, { swaps, repeats }) => {
                const clinic = new MadeClinic();
                clinic.open("1");
                before.filter(({ what }) => what !== "erase").forEach((deed) => act(clinic, deed));
                let timeline = clinic.timeline("1");
                const known = clinic.told.length;
                after.filter(({ what }) => what !== "erase").forEach((deed) => act(clinic, deed));
                for (const event of disordered(clinic.told.slice(known), swaps, repeats)) {
                    for (const change of changesOf(event)) {
                        const whole = fetched(clinic, change);
                        if (whole) timeline = patchedTimeline(timeline, whole);
                    }
                }
                expect(shownTimeline(timeline)).toEqual(shownTimeline(clinic.timeline("1")));
            }),
            { numRuns: 300 },
        );
    });

    it("needs no fetch for what its own channel tells: messages, statuses, decisions, reads", () => {
        fc.assert(
            fc.property(deeds, fc.record(disorder), (after, { swaps, repeats }) => {
                const clinic = new MadeClinic();
                clinic.open("1");
                clinic.write("1", "patient");
                let timeline = clinic.timeline("1");
                const known = clinic.told.length;
                after.filter(({ what }) => what !== "erase").forEach((deed) => act(clinic, deed));
                for (const event of disordered(clinic.told.slice(known), swaps, repeats)) {
                    for (const change of changesOf(event))
                        if (change.change !== "stale") timeline = patchedTimeline(timeline, change);
                }
                const { messages, actions, conversation } = shownTimeline(timeline);
                const fresh = shownTimeline(clinic.timeline("1"));
                expect(messages).toEqual(fresh.messages);
                expect(actions).toEqual(fresh.actions);
                const { assigned_to, status, priority } = fresh.conversation;
                expect(conversation).toMatchObject({ assigned_to, status, priority });
            }),
        );
    });

    it("keeps what came while an answer was on its way, whichever of the two is newer", () => {
        fc.assert(
            fc.property(deeds, deeds, (before, during) => {
                const clinic = new MadeClinic();
                clinic.open("1");
                before.filter(({ what }) => what !== "erase").forEach((deed) => act(clinic, deed));
                const answer = clinic.timeline("1");
                let shown = clinic.timeline("1");
                const known = clinic.told.length;
                during.filter(({ what }) => what !== "erase").forEach((deed) => act(clinic, deed));
                for (const event of clinic.told.slice(known)) {
                    for (const change of changesOf(event)) {
                        const whole = fetched(clinic, change);
                        if (whole) shown = patchedTimeline(shown, whole);
                    }
                }
                expect(shownTimeline(mergedTimelines(shown, answer))).toEqual(shownTimeline(clinic.timeline("1")));
            }),
        );
    });

    it("leaves out what is older than everything that was loaded", () => {
        const clinic = new MadeClinic();
        clinic.open("1");
        clinic.write("1", "patient");
        const old = clinic.timeline("1").pages[0]?.messages[0];
        clinic.write("1", "patient");
        const page = clinic.timeline("1").pages[0];
        if (!old || !page) throw new Error("the clinic has no messages");
        const loaded: TimelinePages = {
            pageParams: [null],
            pages: [{ ...page, messages: page.messages.slice(1), next_before: "2" }],
        };
        expect(patchedTimeline(loaded, { change: "message", message: { ...old, version: 5 } })).toBe(loaded);
    });
});
