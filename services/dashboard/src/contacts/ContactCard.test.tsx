import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { bringTexts, startTranslation } from "@/i18n";
import { session } from "@/session/session";
import { ContactCard } from "./ContactCard";
import { useContact } from "./useContact";

const MARIA = {
    contact: {
        id: "1",
        name: "Maria",
        phone: null,
        email: null,
        created_at: "2026-11-20T16:08:48.000-03:00",
        version: 1,
    },
    identities: [],
    conversation_count: 1,
};
const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });

afterEach(() => {
    cleanup();
    queries.clear();
    session.end("signed_out");
    vi.unstubAllGlobals();
});

/** Says with what is beside it that the last fetch failed. */
function Failed() {
    return useContact("1").error && <p>failed</p>;
}

test("what somebody types stays where fetching the contact anew fails", async () => {
    let away = false;
    vi.stubGlobal("fetch", () =>
        Promise.resolve(away ? Response.json({ title: "away" }, { status: 503 }) : Response.json(MARIA)),
    );
    session.begin({
        token: `h.${btoa(JSON.stringify({ iat: 1000, exp: 90_000 }))}.s`,
        expires_at: "2026-11-20T16:08:48.000-03:00",
        user: { id: "1", name: "Ana", email: "ana@demo.test", role: "agent" },
        clinic: { id: "1", slug: "demo", name: "Demo", timezone: "America/Sao_Paulo" },
    });
    await startTranslation("pt-BR");
    await bringTexts("contacts");
    render(
        <QueryClientProvider client={queries}>
            <ContactCard contactId="1" />
            <Failed />
        </QueryClientProvider>,
    );
    await userEvent.click(await screen.findByRole("button", { name: "Editar" }));
    await userEvent.type(await screen.findByLabelText("Nome"), " Silva");
    away = true;
    await act(() => queries.refetchQueries());
    await screen.findByText("failed");
    expect(screen.getByLabelText<HTMLInputElement>("Nome").value).toBe("Maria Silva");
});
