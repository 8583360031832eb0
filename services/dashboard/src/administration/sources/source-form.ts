import { z } from "zod";
import type { Schemas } from "@/api/client";

export const ACCEPTS = ["groups", "statuses", "newsletters"] as const;

const number = (what: "whole" | "any") =>
    z.string().refine((text) => text.trim() === "" || isRate(text, what), what === "whole" ? "wholeNumber" : "number");

function isRate(text: string, what: "whole" | "any"): boolean {
    const value = numberIn(text);
    return Number.isFinite(value) && value > 0 && (what === "any" || Number.isInteger(value));
}

/** A number as people write it here: with a comma or a point. */
function numberIn(text: string): number {
    return Number(text.trim().replace(",", "."));
}

export const sourceFormOf = z.object({
    kind: z.enum(["evolution", "n8n"]),
    name: z.string().trim().min(1, "missing").max(255, "tooLong"),
    active: z.boolean(),
    accepts: z.array(z.enum(ACCEPTS)),
    ratePerSecond: number("whole"),
    sendsPerSecond: number("any"),
    apiVersion: z.enum(["v1", "v2"]),
    apiUrl: z.union([z.literal(""), z.url({ protocol: /^https?$/, error: "url" })], "url"),
    apiKey: z.string().refine((key) => key === "" || key.length >= 16, "shortKey"),
});
export type SourceValues = z.infer<typeof sourceFormOf>;

export const NEW_SOURCE: SourceValues = {
    ...{ kind: "evolution", name: "", active: true, accepts: [], ratePerSecond: "", sendsPerSecond: "" },
    ...{ apiVersion: "v2", apiUrl: "", apiKey: "" },
};

export function valuesOf(source: Schemas["SourceDetail"]): SourceValues {
    return {
        kind: source.kind === "n8n" ? "n8n" : "evolution",
        name: source.name,
        active: source.active,
        accepts: ACCEPTS.filter((one) => source.accepts.includes(one)),
        ratePerSecond: source.rate_per_second?.toString() ?? "",
        sendsPerSecond: source.sends_per_second?.toString() ?? "",
        apiVersion: source.api_version === "v1" ? "v1" : "v2",
        apiUrl: source.api_url ?? "",
        apiKey: "",
    };
}

type Change = Partial<Schemas["SourceChangeBody"]>;

/** What a form says, as the API takes it. An integration has no instance, so nothing about one is said. */
function said(values: SourceValues): Change {
    const shared: Change = { name: values.name, active: values.active, rate_per_second: rate(values.ratePerSecond) };
    if (values.kind === "n8n") return shared;
    return {
        ...shared,
        accepts: values.accepts,
        sends_per_second: rate(values.sendsPerSecond),
        api_version: values.apiVersion,
        api_url: values.apiUrl === "" ? null : values.apiUrl,
        ...(values.apiKey === "" ? {} : { api_key: values.apiKey }),
    };
}

function rate(text: string): number | null {
    return text.trim() === "" ? null : numberIn(text);
}

/** A source to be made: what is not said is the installation's. */
export function creation(values: SourceValues): Schemas["SourceBody"] {
    const rest = said(values);
    delete rest.active;
    const unsaid = { accepts: null, rate_per_second: null, sends_per_second: null, api_version: null };
    return { ...unsaid, api_url: null, api_key: null, ...rest, kind: values.kind, name: values.name };
}

/** What is different from what the form began with: the API ends a key where an address is given anew. */
export function change(before: SourceValues, after: SourceValues): Change {
    const [was, is] = [said(before), said(after)];
    const names = (Object.keys(is) as (keyof Change)[]).filter((name) => !same(was[name], is[name]));
    return Object.fromEntries(names.map((name) => [name, is[name]]));
}

function same(one: unknown, other: unknown): boolean {
    return JSON.stringify(one) === JSON.stringify(other);
}
