import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { createRealtimeClient } from "@/realtime/client";
import { RealtimeContext } from "@/realtime/react/RealtimeContext";
import { HandClock } from "@/realtime/testing/hand-clock";
import { DeskContext } from "../DeskContext";
import { newDesk } from "../desk";
import type { ConversationFilters } from "../types";
import { MadeClinic } from "./made-clinic";

type Outcome = "done" | "away" | number;

/** What the hooks stand on, real but for what is behind the network: there a test says what each change comes to. */
export class MadeDesk {
    readonly clinic = new MadeClinic();
    readonly clock = new HandClock();
    readonly queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
    readonly client = createRealtimeClient({
        session: {
            userId: "1",
            clinicId: "1",
            getToken: () => Promise.resolve("token"),
            refresh: () => Promise.resolve("token"),
        },
        address: () => Promise.reject(new Error("nobody knows where")),
        browser: null,
        clock: this.clock,
    });
    readonly desk = newDesk({
        client: this.client,
        queries: this.queries,
        me: { id: "1", name: "Ana" },
        clinicId: "1",
        clock: this.clock,
    });
    /** What the next changes come to; those that are not told of are done. */
    outcomes: Outcome[] = [];
    changes: { path: string; body: Record<string, unknown> }[] = [];
    private held: (() => void)[] | null = null;

    readonly around = ({ children }: { children: ReactNode }) => (
        <QueryClientProvider client={this.queries}>
            <RealtimeContext value={this.client}>
                <DeskContext value={this.desk}>{children}</DeskContext>
            </RealtimeContext>
        </QueryClientProvider>
    );

    /** Answers are made from now on, and come only with the call that this gives. */
    holdAnswers(): () => void {
        this.held = [];
        return () => {
            this.held?.forEach((release) => release());
            this.held = null;
        };
    }

    /** How many answers are made and held. */
    get waiting(): number {
        return this.held?.length ?? 0;
    }

    fetch = async (request: Request): Promise<Response> => {
        const answered = await this.answer(request);
        const held = this.held;
        if (held) await new Promise<void>((resolve) => held.push(resolve));
        return answered;
    };

    private async answer(request: Request): Promise<Response> {
        const { pathname, searchParams } = new URL(request.url);
        if (request.method === "GET") return Response.json(this.listed(searchParams));
        const body = (await request.json()) as Record<string, unknown>;
        this.changes.push({ path: pathname, body });
        const outcome = this.outcomes.shift() ?? "done";
        if (outcome === "away") throw new TypeError("network");
        if (outcome !== "done") return Response.json({ title: "refused", detail: "refused" }, { status: outcome });
        return Response.json(this.done(pathname, body));
    }

    private listed(query: URLSearchParams) {
        const filters = { status: query.get("status") ?? undefined } as ConversationFilters;
        return this.clinic.list({ filters, me: "1" }, 100).pages[0];
    }

    private done(path: string, body: Record<string, unknown>) {
        const id = path.split("/")[3] ?? "";
        if (path.endsWith("/read")) {
            this.clinic.read(id);
            return { conversation_id: id, unread_count: 0, version: this.clinic.detail(id).conversation.version };
        }
        this.clinic.decide(id, body);
        return { conversation: this.clinic.detail(id).conversation };
    }
}
