import { expect, it } from "vitest";
import { mayHandOver, type PresenceStatus, targetsOf } from "./targets";

const colleague = (id: string, name: string, active = true) => ({
    id,
    name,
    email: "x@demo.test",
    role: "agent" as const,
    kind: "person" as const,
    active,
});
const everybody = [
    colleague("1", "Ana"),
    colleague("2", "Bruno"),
    colleague("3", "Célia"),
    colleague("4", "Davi"),
    colleague("5", "Eva", false),
];
const statuses: Record<string, PresenceStatus> = { "1": "offline", "2": "away", "3": "online", "4": "online" };
const statusOf = (id: string) => statuses[id] ?? "offline";
const names = (assignedTo: string | null, query = "") =>
    targetsOf(everybody, assignedTo, statusOf, query).map(({ colleague: { name } }) => name);

it("offers who is present first, never whom it belongs to, nor who has left", () => {
    expect(names("4")).toEqual(["Célia", "Bruno", "Ana"]);
    expect(names(null)).toEqual(["Célia", "Davi", "Bruno", "Ana"]);
});

it("finds people without their accents", () => {
    expect(names(null, " celia ")).toEqual(["Célia"]);
});

it("lets agents hand over what is theirs or nobody's, supervisors anything", () => {
    expect([null, "1", "2"].map((assigned_to) => mayHandOver({ assigned_to }, "1", false))).toEqual([
        true,
        true,
        false,
    ]);
    expect(mayHandOver({ assigned_to: "2" }, "1", true)).toBe(true);
});
