import { describe, expect, it } from "vitest";
import { sample } from "./made-samples";
import { seriesStore } from "./series-store";

function storageOf(content: Record<string, string> = {}, isFull = false) {
    return {
        content,
        getItem: (key: string) => content[key] ?? null,
        setItem: (key: string, value: string) => {
            if (isFull) throw new DOMException("full", "QuotaExceededError");
            content[key] = value;
        },
        removeItem: (key: string) => void Reflect.deleteProperty(content, key),
    };
}

describe("the kept series", () => {
    it("is there after a reload", () => {
        const storage = storageOf();
        seriesStore(() => storage, "clinic 1").add(sample(1, { received: 7 }));
        expect(seriesStore(() => storage, "clinic 1").get()).toEqual([sample(1, { received: 7 })]);
    });

    it("is not another clinic's", () => {
        const storage = storageOf();
        seriesStore(() => storage, "clinic 1").add(sample(1));
        expect(seriesStore(() => storage, "clinic 2").get()).toEqual([]);
    });

    it.each(["{", "null", '[{"at":"x"}]', '{"at":1}', "[null]"])("begins anew where %s was kept", (kept) => {
        expect(seriesStore(() => storageOf({ key: kept }), "key").get()).toEqual([]);
    });

    it("goes on where nothing can be kept", () => {
        const store = seriesStore(() => storageOf({}, true), "key");
        store.add(sample(1));
        expect(store.get()).toHaveLength(1);
    });

    it("tells whoever listens, and nobody after", () => {
        const store = seriesStore(() => storageOf(), "key");
        let told = 0;
        const leave = store.subscribe(() => (told += 1));
        store.add(sample(1));
        leave();
        store.add(sample(2));
        expect(told).toBe(1);
    });
});
