import type { Announcements } from "@dnd-kit/core";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Conversation } from "../entities";

type Thing = { data: { current?: { entry?: Conversation; columnId?: string } | undefined } };

/** What a screen reader is told while a card is carried. */
export function useAnnouncements(titleOf: (columnId: string) => string): Announcements {
    const { t } = useTranslation("conversations");
    const nameOf = ({ data }: Thing) => data.current?.entry?.contact_name ?? "";
    const homeOf = ({ data }: Thing) => data.current?.columnId ?? "";
    const said = (key: string, active: Thing, column: string) =>
        t(`kanban.${key}`, { name: nameOf(active), column: titleOf(column) });
    // A card that was just lifted is over its own column: saying so would cut off that it was lifted.
    const carried = useRef(false);
    return {
        onDragStart: ({ active }) => {
            carried.current = false;
            return said("lifted", active as Thing, homeOf(active as Thing));
        },
        onDragOver: ({ active, over }) => {
            if (!over || (!carried.current && String(over.id) === homeOf(active as Thing))) return undefined;
            carried.current = true;
            return said("over", active as Thing, String(over.id));
        },
        onDragEnd: ({ active, over }) => {
            const home = homeOf(active as Thing);
            if (!over || String(over.id) === home) return said("droppedSame", active as Thing, home);
            return said("dropped", active as Thing, String(over.id));
        },
        onDragCancel: ({ active }) => said("cancelled", active as Thing, homeOf(active as Thing)),
    };
}
