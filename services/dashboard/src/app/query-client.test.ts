import { expect, test } from "vitest";
import { retryDelay } from "./query-client";

test("the next try comes when the server asked for it, or ever later up to a bound", () => {
    expect(retryDelay(0, 2)).toBe(2000);
    const delays = [0, 1, 2, 3, 10].map((failures) => retryDelay(failures, null));
    expect(delays).toEqual([500, 1000, 2000, 4000, 8000]);
});
