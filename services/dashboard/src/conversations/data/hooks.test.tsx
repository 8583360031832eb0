import { act, cleanup, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { useWebSocket } from "@/realtime/react/useWebSocket";
import { conversationKeys } from "./keys";
import { NOBODY, withChange } from "./presence";
import { MadeDesk } from "./testing/made-desk";
import { useConversations } from "./useConversations";
import { useOptimisticAddNote } from "./useOptimisticAddNote";
import { useOptimisticArchiveConversation } from "./useOptimisticArchiveConversation";
import { useOptimisticAssign } from "./useOptimisticAssign";
import { useOptimisticMarkAsRead } from "./useOptimisticMarkAsRead";
import { useOptimisticSetPriority } from "./useOptimisticSetPriority";
import { usePresenceSystem } from "./usePresenceSystem";

const ACTIVE = { status: "active" as const };
let made: MadeDesk;

beforeEach(() => {
    made = new MadeDesk();
    made.clinic.open("1");
    made.clinic.write("1", "patient");
    vi.stubGlobal("fetch", made.fetch);
});

afterEach(() => {
    cleanup();
    made.client.stop();
    made.queries.clear();
    vi.unstubAllGlobals();
});

/** A hook beside the list of open conversations, once that is there. */
async function beside<T>(hook: () => T) {
    const { result } = renderHook(() => ({ list: useConversations(ACTIVE), action: hook() }), { wrapper: made.around });
    await vi.waitFor(() => expect(result.current.list.isPending).toBe(false));
    return { result, first: () => result.current.list.conversations[0] };
}

/** Time goes by until this is so. */
async function pass(ms: number, until: () => void): Promise<void> {
    await vi.waitFor(async () => {
        await act(() => made.clock.pass(ms));
        until();
    });
}

describe("a decision", () => {
    it("is shown at once, tried again with growing waits while the server is away, and then the server's", async () => {
        const { result, first } = await beside(useOptimisticSetPriority);
        made.outcomes = ["away", 503, "done"];
        act(() => void result.current.action.run({ conversationId: "1", priority: "urgent" }));
        expect(first()?.priority).toBe("urgent");
        await vi.waitFor(() => expect(result.current.action.state).toBe("retrying"));
        expect(made.changes).toHaveLength(1);
        await pass(10_000, () => expect(result.current.action.state).toBe("done"));
        expect(made.changes).toHaveLength(3);
        expect(first()).toMatchObject({ priority: "urgent", version: made.clinic.detail("1").conversation.version });
        expect(made.desk.decisions.all()).toEqual([]);
    });

    it("is taken back and said when the server never comes back", async () => {
        const { result, first } = await beside(useOptimisticSetPriority);
        made.outcomes = ["away", "away", "away", "away"];
        act(() => void result.current.action.run({ conversationId: "1", priority: "urgent" }));
        await pass(20_000, () => expect(result.current.action.state).toBe("rolled-back"));
        expect(first()?.priority).toBe("normal");
        expect(made.desk.feedback.all()).toMatchObject([{ action: "setPriority", state: "rolled-back" }]);
    });

    it("does not come back over what was decided after it, though its answer comes late", async () => {
        const { result, first } = await beside(useOptimisticSetPriority);
        const release = made.holdAnswers();
        act(() => void result.current.action.run({ conversationId: "1", priority: "urgent" }));
        await vi.waitFor(() => expect(made.clinic.detail("1").conversation.priority).toBe("urgent"));
        const told = made.clinic.told.length;
        made.clinic.decide("1", { priority: "low" });
        act(() => made.clinic.told.slice(told).forEach((event) => made.desk.cache.hear(event)));
        act(release);
        await vi.waitFor(() => expect(result.current.action.state).toBe("done"));
        expect(first()?.priority).toBe("low");
    });
});

describe("what the server refuses", () => {
    it("leaves an assignee as it was", async () => {
        const { result, first } = await beside(useOptimisticAssign);
        made.outcomes = [409];
        act(() => void result.current.action.run({ conversationId: "1", userId: "2" }));
        expect(first()?.assigned_to).toBe("2");
        await vi.waitFor(() => expect(result.current.action.state).toBe("rolled-back"));
        expect(first()?.assigned_to).toBeNull();
        expect(made.changes).toHaveLength(1);
    });

    it("brings an archived conversation back into the list", async () => {
        const { result, first } = await beside(useOptimisticArchiveConversation);
        made.outcomes = [403];
        act(() => void result.current.action.run({ conversationId: "1" }));
        expect(first()).toBeUndefined();
        await vi.waitFor(() => expect(result.current.action.state).toBe("rolled-back"));
        expect(first()?.id).toBe("1");
    });

    it("leaves what was not read unread", async () => {
        const { result, first } = await beside(useOptimisticMarkAsRead);
        made.outcomes = [404];
        act(() => void result.current.action.run({ conversationId: "1" }));
        expect(first()?.unread_count).toBe(0);
        await vi.waitFor(() => expect(result.current.action.state).toBe("rolled-back"));
        expect(first()?.unread_count).toBe(1);
    });

    it("takes a note out of what waits, and says why", async () => {
        const { result } = await beside(useOptimisticAddNote);
        const close = made.desk.open();
        made.outcomes = [422];
        act(() => void result.current.action.run({ conversationId: "1", content: "Alergia" }));
        await pass(1_000, () => expect(result.current.action.state).toBe("rolled-back"));
        expect(made.desk.outbox.entries()).toEqual([]);
        expect(result.current.action.error?.message).toBe("refused");
        close(true);
    });
});

describe("a list", () => {
    it("keeps what an event told meanwhile over an answer that was made before it", async () => {
        const { result, first } = await beside(() => null);
        const release = made.holdAnswers();
        act(() => result.current.list.refetch());
        await vi.waitFor(() => expect(made.waiting).toBe(1));
        const told = made.clinic.told.length;
        made.clinic.decide("1", { assigned_to: "2" });
        act(() => made.clinic.told.slice(told).forEach((event) => made.desk.cache.hear(event)));
        act(release);
        await vi.waitFor(() => expect(made.queries.isFetching()).toBe(0));
        await vi.waitFor(() => expect(first()?.assigned_to).toBe("2"));
    });
});

describe("presence", () => {
    const busy = { user_id: "2", name: "Bruno", status: "busy", previous: "online", at: "", version: 7 } as const;

    it("is said to be old while there is no connection, and nobody's status is lost by it", () => {
        made.queries.setQueryData(conversationKeys.presence, { ...withChange(NOBODY, busy), stale: false });
        const { result } = renderHook(usePresenceSystem, { wrapper: made.around });
        expect(result.current).toMatchObject({ stale: true, counts: { busy: 1 } });
        expect([result.current.statusOf("2"), result.current.statusOf("9")]).toEqual(["busy", "offline"]);
    });

    it("does not show a status that could not be told", async () => {
        const { result } = renderHook(usePresenceSystem, { wrapper: made.around });
        await expect(result.current.setStatus("busy")).rejects.toThrow();
        expect(result.current.mine).toBe("offline");
    });
});

describe("the connection", () => {
    it("says that it tries, and after its fast tries that it is offline, and goes on trying", async () => {
        const { result } = renderHook(useWebSocket, { wrapper: made.around });
        act(() => made.client.start());
        await vi.waitFor(() => expect(result.current.liveness).toBe("connecting"));
        await pass(60_000, () => expect(result.current.liveness).toBe("offline"));
        expect(result.current).toMatchObject({ isConnected: false, trying: true });
        await expect(result.current.send("ping", {})).rejects.toMatchObject({ code: "offline", temporary: true });
    });
});
