import { expect, test } from "vitest";
import { inTurns } from "./turns";

test("so many run at once, the next as one ends or fails, in the order in which they came", async () => {
    const inTurn = inTurns(2);
    const begun: number[] = [];
    const ends = new Map<number, (outcome: "done" | Error) => void>();
    const works = [0, 1, 2, 3, 4].map((number) =>
        inTurn(
            () =>
                new Promise((resolve, reject) => {
                    begun.push(number);
                    ends.set(number, (outcome) => (outcome === "done" ? resolve(number) : reject(outcome)));
                }),
        ),
    );
    await Promise.resolve();
    expect(begun).toEqual([0, 1]);

    ends.get(1)?.("done");
    expect(await works[1]).toBe(1);
    await expect.poll(() => begun).toEqual([0, 1, 2]);

    ends.get(0)?.(new Error("refused"));
    await expect(works[0]).rejects.toThrow("refused");
    await expect.poll(() => begun).toEqual([0, 1, 2, 3]);

    ends.get(2)?.("done");
    ends.get(3)?.("done");
    await expect.poll(() => begun).toEqual([0, 1, 2, 3, 4]);
    ends.get(4)?.("done");
    expect(await works[4]).toBe(4);
    expect(await inTurn(() => Promise.resolve("later"))).toBe("later");
});
