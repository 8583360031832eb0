import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { RIGHTS } from "./rights";
import { ROLES } from "./signed-in";

test("the rights are those of docs/rights.md", () => {
    const document = readFileSync("../../docs/rights.md", "utf-8");
    const table = document.split("## Rights\n")[1]?.split("\n## ")[0] ?? "";
    const rows = [...table.matchAll(/^\| `(\w+)` \| (.*) \|$/gm)].map(([, right, rest]) => {
        const cells = (rest ?? "").split(" | ");
        return [right, ROLES.filter((_, column) => cells[column] === "yes")];
    });
    expect(Object.fromEntries(rows)).toEqual(RIGHTS);
    expect(rows.length).toBeGreaterThan(5);
});
