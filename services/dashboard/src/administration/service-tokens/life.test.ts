import { expect, it } from "vitest";
import { endsSoon, goesOn } from "./life";

const NOW = Date.parse("2026-11-20T12:00:00.000-03:00");

it("goes on while it is active, and while the one that took its place is being set up", () => {
    const states = ["active", "replaced", "expired", "revoked"] as const;
    expect(states.filter((state) => goesOn({ state, expires_at: null }))).toEqual(["active", "replaced"]);
});

it("warns of an end within two weeks, unless something has taken its place or there is none", () => {
    const soon = "2026-12-04T11:59:00.000-03:00";
    expect(endsSoon({ state: "active", expires_at: soon }, NOW)).toBe(true);
    expect(endsSoon({ state: "active", expires_at: "2026-12-04T12:00:00.000-03:00" }, NOW)).toBe(false);
    expect(endsSoon({ state: "replaced", expires_at: soon }, NOW)).toBe(false);
    expect(endsSoon({ state: "active", expires_at: null }, NOW)).toBe(false);
});
