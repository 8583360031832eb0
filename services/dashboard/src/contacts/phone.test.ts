import { expect, it } from "vitest";
import { phoneText } from "./phone";

it("writes Brazilian numbers as people do, and others as they are", () => {
    expect(phoneText("5511965860124")).toBe("+55 11 96586-0124");
    expect(phoneText("558587770103")).toBe("+55 85 8777-0103");
    expect(phoneText("14155550100")).toBe("+14155550100");
    expect(phoneText("201122@lid")).toBe("201122@lid");
    expect(phoneText(null)).toBe("");
});
