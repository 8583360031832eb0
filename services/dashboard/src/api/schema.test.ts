import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

test("schema.ts is what the API's document gives", () => {
    const made = join(mkdtempSync(join(tmpdir(), "prosa-schema-")), "schema.ts");
    execFileSync("node", ["node_modules/openapi-typescript/bin/cli.js", "../api/openapi.json", "-o", made]);
    // Where this fails: npm run schema
    expect(readFileSync("src/api/schema.ts", "utf-8") === readFileSync(made, "utf-8")).toBe(true);
});
