import type { KeyboardCoordinateGetter } from "@dnd-kit/core";

/** Which column a key leads to, from one of them; the same where there is none. */
export function columnAfter(key: string, current: number, count: number): number {
    if (key === "ArrowRight") return Math.min(count - 1, current + 1);
    if (key === "ArrowLeft") return Math.max(0, current - 1);
    if (key === "Home") return 0;
    return key === "End" ? count - 1 : current;
}

const KEYS = ["ArrowRight", "ArrowLeft", "Home", "End"];

/** Arrows carry a card from column to column, not pixel by pixel. */
export function carryBetween(columnIds: readonly string[]): KeyboardCoordinateGetter {
    return (event, { context, currentCoordinates }) => {
        if (!KEYS.includes(event.code)) return undefined;
        event.preventDefault();
        const over = String(context.over?.id ?? context.active?.data.current?.columnId ?? "");
        const next = columnAfter(event.code, Math.max(0, columnIds.indexOf(over)), columnIds.length);
        const column = context.droppableRects.get(columnIds[next] ?? "");
        const card = context.collisionRect;
        if (!column || !card) return currentCoordinates;
        document
            .querySelector(`[data-column="${CSS.escape(columnIds[next] ?? "")}"]`)
            ?.scrollIntoView({ inline: "nearest" });
        return { x: column.left + (column.width - card.width) / 2, y: column.top + 60 };
    };
}
