import { QueryClient } from "@tanstack/react-query";
import { afterEach, describe, expect, it, vi } from "vitest";
import { HandClock } from "@/realtime/testing/hand-clock";
import { conversationKeys } from "./keys";
import { LiveCache } from "./live-cache";
import { allOf, type ListPages } from "./list-pages";
import { resync } from "./resync";
import { MadeClinic } from "./testing/made-clinic";

class Missing extends Error {}

const FILTERS = { status: "active" as const };
const clients: QueryClient[] = [];

function desk() {
    const clinic = new MadeClinic();
    const clock = new HandClock();
    const queries = new QueryClient();
    clients.push(queries);
    const asked: string[] = [];
    const fetchDetail = async (id: string) => {
        asked.push(id);
        await Promise.resolve();
        if (!clinic.has(id)) throw new Missing();
        return clinic.detail(id);
    };
    const cache = new LiveCache({
        queries,
        me: "1",
        clock,
        fetchDetail,
        isMissing: (error) => error instanceof Missing,
    });
    const key = conversationKeys.list(FILTERS);
    const load = () => queries.setQueryData<ListPages>(key, clinic.list({ filters: FILTERS, me: "1" }, 100));
    const shown = () =>
        allOf(queries.getQueryData<ListPages>(key) as ListPages).map(({ id, version }) => [id, version]);
    const hearAll = (from = 0) => clinic.told.slice(from).forEach((event) => cache.hear(event));
    return { clinic, clock, queries, asked, cache, load, shown, hearAll, key };
}

afterEach(() => clients.splice(0).forEach((queries) => queries.clear()));

describe("the cache", () => {
    it("fetches the one entry that an event tells of, and no list", async () => {
        const { clinic, clock, queries, asked, load, shown, hearAll } = desk();
        clinic.open("1");
        load();
        const invalidate = vi.spyOn(queries, "invalidateQueries");
        clinic.open("2");
        hearAll(1);
        await clock.pass(10);
        expect(asked).toEqual(["2"]);
        expect(shown()).toEqual([
            ["2", 1],
            ["1", 1],
        ]);
        expect(invalidate).not.toHaveBeenCalledWith({ queryKey: conversationKeys.lists });
    });

    it("fetches an entry once for any number of events meanwhile, and once more for those that came during it", async () => {
        const { clinic, clock, asked, load, shown, hearAll } = desk();
        clinic.open("1");
        load();
        clinic.write("1", "patient");
        hearAll();
        clinic.write("1", "patient");
        clinic.write("1", "patient");
        hearAll(3);
        await clock.pass(10);
        expect(asked).toEqual(["1", "1"]);
        expect(shown()).toEqual([["1", 4]]);
    });

    it("asks nothing for an event that is older than what it has", async () => {
        const { clinic, clock, asked, cache, load, hearAll } = desk();
        clinic.open("1");
        load();
        cache.apply({ change: "entry", conversation: { ...clinic.detail("1").conversation, version: 9 } });
        hearAll();
        await clock.pass(10);
        expect(asked).toEqual([]);
    });

    it("fetches the lists instead where very many entries are stale at once", async () => {
        const { clinic, clock, queries, asked, load, hearAll } = desk();
        load();
        const invalidate = vi.spyOn(queries, "invalidateQueries");
        for (let id = 1; id <= 60; id += 1) clinic.open(String(id));
        hearAll();
        await clock.pass(10);
        expect(invalidate).toHaveBeenCalledWith({ queryKey: conversationKeys.lists });
        expect(asked.length).toBeLessThan(60);
    });

    it("takes out what the server no longer has, and never brings it back from an answer that was on its way", async () => {
        const { clinic, clock, cache, load, shown, hearAll, key, queries } = desk();
        clinic.open("1");
        clinic.open("2");
        load();
        const late = clinic.list({ filters: FILTERS, me: "1" }, 100);
        clinic.erase("1");
        hearAll();
        await clock.pass(10);
        expect(shown()).toEqual([["2", 1]]);
        queries.setQueryData(key, cache.mergedList(FILTERS, queries.getQueryData(key), late));
        expect(shown()).toEqual([["2", 1]]);
    });

    it("keeps what an event told while a list's answer was on its way", async () => {
        const { clinic, clock, cache, load, hearAll, key, queries, shown } = desk();
        clinic.open("1");
        load();
        const late = clinic.list({ filters: FILTERS, me: "1" }, 100);
        clinic.write("1", "patient");
        clinic.open("2");
        hearAll();
        await clock.pass(10);
        queries.setQueryData(key, cache.mergedList(FILTERS, queries.getQueryData(key), late));
        expect(shown()).toEqual([
            ["2", 1],
            ["1", 2],
        ]);
    });
});

describe("fetching anew", () => {
    it("also holds for what is fetched for the first time just now: its answer may be from before the events", async () => {
        const { queries } = desk();
        const answers: ((value: string) => void)[] = [];
        const query = { queryKey: ["x"], queryFn: () => new Promise<string>((resolve) => answers.push(resolve)) };
        const unmount = queries.getQueryCache().build(queries, query);
        void queries.fetchQuery(query);
        resync(queries, { queryKey: ["x"] });
        answers[0]?.("old");
        await vi.waitFor(() => expect(unmount.state.data).toBe("old"));
        await vi.waitFor(() => expect(unmount.state.isInvalidated).toBe(true));
    });
});
