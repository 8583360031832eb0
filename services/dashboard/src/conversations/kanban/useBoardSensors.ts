import { KeyboardSensor, MouseSensor, TouchSensor, useSensor, useSensors } from "@dnd-kit/core";
import { useMemo } from "react";
import { carryBetween } from "./coordinates";

const MOUSE = { activationConstraint: { distance: 6 } };
// A finger that moves at once scrolls.
const TOUCH = { activationConstraint: { delay: 250, tolerance: 6 } };

/** What lifts a card: a mouse that moves, a finger that rests, Space on its grip. */
export function useBoardSensors(columnIds: readonly string[]) {
    const keys = useMemo(
        () => ({
            coordinateGetter: carryBetween(columnIds),
            keyboardCodes: { start: ["Space"], cancel: ["Escape"], end: ["Space", "Enter"] },
        }),
        [columnIds],
    );
    return useSensors(useSensor(MouseSensor, MOUSE), useSensor(TouchSensor, TOUCH), useSensor(KeyboardSensor, keys));
}
