import { act, cleanup, renderHook } from "@testing-library/react";
import type { DragEvent } from "react";
import { afterEach, expect, test, vi } from "vitest";
import { useDroppedFiles } from "./useDroppedFiles";

afterEach(cleanup);

function drop(types: string[]) {
    const [onFiles, preventDefault] = [vi.fn(), vi.fn()];
    const { result } = renderHook(() => useDroppedFiles(onFiles));
    const event = { dataTransfer: { types, files: [] }, preventDefault };
    act(() => result.current.drop.onDrop(event as unknown as DragEvent));
    return { onFiles, preventDefault };
}

test("dropped files are taken", () => {
    const { onFiles, preventDefault } = drop(["Files"]);
    expect(onFiles).toHaveBeenCalledOnce();
    expect(preventDefault).toHaveBeenCalledOnce();
});

test("dropped text is left to the box", () => {
    const { onFiles, preventDefault } = drop(["text/plain"]);
    expect(onFiles).not.toHaveBeenCalled();
    expect(preventDefault).not.toHaveBeenCalled();
});
