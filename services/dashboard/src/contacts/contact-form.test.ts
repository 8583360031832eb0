import { expect, it } from "vitest";
import { changedBy, contactShape, currentOf, mergedForm } from "./contact-form";

it("takes a contact without an e-mail address, none without a name", () => {
    expect(contactShape.safeParse({ name: " Maria ", email: "" }).data).toEqual({ name: "Maria", email: "" });
    expect(contactShape.safeParse({ name: "  ", email: "" }).error?.issues[0]?.message).toBe("nameMissing");
    expect(contactShape.safeParse({ name: "Maria", email: "x@" }).error?.issues[0]?.message).toBe("emailInvalid");
});

it("reads from a refusal who changed the contact meanwhile, and what it is now", () => {
    const body = { contact: { id: "1", name: "Maria", version: 4 }, changed_by: { id: "2", name: "Bruno" } };
    expect([changedBy(body), currentOf(body)?.version]).toEqual(["Bruno", 4]);
    expect([changedBy({ changed_by: null }), currentOf({})]).toEqual([null, null]);
});

it("keeps what was typed here and takes what a colleague saved meanwhile", () => {
    const begun = { name: "Maria", email: "" };
    const theirs = { name: "Maria Lima", email: "dela@example.com" };
    expect(mergedForm(begun, { name: "Maria", email: "minha@example.com" }, theirs)).toEqual({
        name: "Maria Lima",
        email: "minha@example.com",
    });
    expect(mergedForm(begun, begun, theirs)).toEqual(theirs);
});
