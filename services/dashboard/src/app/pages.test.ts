import { expect, test } from "vitest";
import { ROLES } from "@/session/signed-in";
import { textKeys } from "@/i18n/namespaces";
import { isOpenTo, menuOf, pageAt, PAGES, sectionsFor } from "./pages";
import { texts } from "./texts";

test("each page has an address of its own and a title", () => {
    const paths = PAGES.map(({ path }) => path);
    expect(new Set(paths).size).toBe(paths.length);
    const keys = textKeys(texts["pt-BR"]);
    for (const { id } of PAGES) expect(keys).toContain(`pages.${id}`);
});

test("menus offer what the role may open, and nothing else", () => {
    for (const role of ROLES)
        for (const section of sectionsFor(role)) {
            expect(menuOf(section, role).length).toBeGreaterThan(0);
            for (const page of menuOf(section, role)) expect(isOpenTo(page, role)).toBe(true);
        }
    expect(sectionsFor("agent")).toEqual(["conversations", "kanban", "contacts"]);
    expect(sectionsFor("operator")).toContain("operations");
    expect(menuOf("administration", "supervisor").map(({ id }) => id)).toEqual(["canned-replies", "labels"]);
    expect(menuOf("administration", "admin")).toHaveLength(7);
});

test("an address leads to its page, and a foreign one to none", () => {
    const files = ["/conversations/12", "/operations/sources", "/administration/sources", "/", "/conversationsX"].map(
        (path) => pageAt(path)?.file,
    );
    expect(files).toEqual([
        "conversations/ConversationsPage",
        "operations/SourcesPage",
        "administration/SourcesPage",
        undefined,
        undefined,
    ]);
});
