// Writes src/realtime/protocol.ts from the gateway's committed AsyncAPI document; `--check` only compares.
import { readFile, writeFile } from "node:fs/promises";
import { compile } from "json-schema-to-typescript";

const DOCUMENT = new URL("../../realtime_gateway/asyncapi.json", import.meta.url);
const TARGET = new URL("../src/realtime/protocol.ts", import.meta.url);
const BANNER = "// Made by `npm run generate` from services/realtime_gateway/asyncapi.json: do not edit.";

const nameOf = (schema) => schema.$ref.split("/").at(-1);

/** A property's title would become a type of its own, under names that say nothing. */
function untitled(node) {
    if (Array.isArray(node)) return node.map(untitled);
    if (node === null || typeof node !== "object") return node;
    const entries = Object.entries(node).filter(([key, value]) => !(key === "title" && typeof value === "string"));
    return Object.fromEntries(entries.map(([key, value]) => [key, key === "examples" ? value : untitled(value)]));
}

function rebased(node) {
    return JSON.parse(JSON.stringify(node).replaceAll("#/components/schemas/", "#/definitions/"));
}

/** Which `type` of frame carries which data: the messages of one ending, by the constant of their schema. */
function table(document, ending) {
    const { messages, schemas } = document.components;
    return Object.entries(messages)
        .filter(([key]) => key.endsWith(ending))
        .map(([key, message]) => ({
            key,
            schema: nameOf(message.payload),
            properties: schemas[nameOf(message.payload)].properties,
        }));
}

function interfaceOf(name, rows) {
    return [`export interface ${name} {`, ...rows.map(([type, value]) => `    "${type}": ${value};`), "}"].join("\n");
}

function maps(document) {
    const commands = table(document, "_command");
    const typeOf = (row) => row.properties.type.const;
    const replies = Object.fromEntries(
        table(document, "_reply").map((row) => [row.key.replace(/_reply$/, ""), row.schema]),
    );
    const data = (row) => (row.properties.data ? `NonNullable<${row.schema}["data"]>` : "Record<string, never>");
    return [
        interfaceOf(
            "CommandData",
            commands.map((row) => [typeOf(row), data(row)]),
        ),
        interfaceOf(
            "ReplyData",
            commands.map((row) => [typeOf(row), `${replies[row.key.replace(/_command$/, "")]}["data"]`]),
        ),
        interfaceOf(
            "EventData",
            table(document, "_event").map((row) => [typeOf(row), `${row.schema}["data"]`]),
        ),
    ].join("\n\n");
}

async function written() {
    const document = JSON.parse(await readFile(DOCUMENT, "utf8"));
    const definitions = untitled(rebased(document.components.schemas));
    const names = Object.keys(definitions);
    const root = {
        type: "object",
        additionalProperties: false,
        definitions,
        properties: Object.fromEntries(names.map((name) => [name, { $ref: `#/definitions/${name}` }])),
    };
    const options = {
        bannerComment: BANNER,
        additionalProperties: false,
        format: true,
        style: { printWidth: 120, tabWidth: 4 },
    };
    const types = await compile(root, "Schemas", options);
    return `${types}\n${maps(document)}\n`;
}

const text = await written();
if (process.argv.includes("--check")) {
    if ((await readFile(TARGET, "utf8")) !== text) {
        console.error("src/realtime/protocol.ts does not say what the AsyncAPI document says: npm run generate");
        process.exit(1);
    }
} else {
    await writeFile(TARGET, text);
}
