import { expect, test, vi } from "vitest";
import { LANGUAGES } from "@/i18n/languages";
import { showWithoutTexts } from "./without-texts";

test("where no texts came, that is said in every language, and the page can be loaded again", () => {
    const [root, reload] = [document.createElement("div"), vi.fn()];
    showWithoutTexts(root, reload);
    for (const language of LANGUAGES) expect(root.querySelector(`[lang=${language}]`)?.textContent).not.toBe("");
    expect(root.querySelector("[role=alert]")).not.toBeNull();
    root.querySelector("button")?.click();
    expect(reload).toHaveBeenCalledOnce();
});
