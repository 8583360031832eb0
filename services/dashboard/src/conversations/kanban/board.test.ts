import { describe, expect, it } from "vitest";
import { conversation } from "../testing/made";
import { BOARDS, columnsOf, isIn, moved, parseBoard } from "./board";

const colleague = (id: string, active = true) => ({
    id,
    name: `Pessoa ${id}`,
    email: `${id}@demo.test`,
    role: "agent" as const,
    kind: "person" as const,
    active,
});
const colleagues = [colleague("1"), colleague("2"), colleague("3", false)];

describe("a board", () => {
    it("puts every open conversation of present colleagues into exactly one column", () => {
        for (const kind of BOARDS)
            for (const assigned_to of [null, "1", "2"])
                for (const priority of ["low", "normal", "high", "urgent"] as const) {
                    const entry = conversation({ assigned_to, priority });
                    const columns = columnsOf(kind, colleagues, "2").filter(({ move }) => isIn(entry, move));
                    expect(columns).toHaveLength(1);
                }
    });

    it("has a moved card in the column it went to, and in no other", () => {
        for (const kind of BOARDS) {
            const columns = columnsOf(kind, colleagues, "2");
            for (const { id, move } of columns) {
                const there = columns.filter((column) => isIn(moved(conversation(), move), column.move));
                expect(there.map((column) => column.id)).toEqual([id]);
            }
        }
    });

    it("begins with what is nobody's and what is one's own, and leaves out who has left", () => {
        expect(columnsOf("assignee", colleagues, "2").map(({ id }) => id)).toEqual([
            "assignee:none",
            "assignee:2",
            "assignee:1",
        ]);
    });

    it("is by assignee where the address says nothing, or nonsense", () => {
        expect([parseBoard(""), parseBoard("by=colour"), parseBoard("by=status")]).toEqual([
            "assignee",
            "assignee",
            "status",
        ]);
    });
});
