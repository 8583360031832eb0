import type { Announcements } from "@dnd-kit/core";
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
    return {
        onDragStart: ({ active }) => said("lifted", active as Thing, homeOf(active as Thing)),
        onDragOver: ({ active, over }) => (over ? said("over", active as Thing, String(over.id)) : undefined),
        onDragEnd: ({ active, over }) => {
            const home = homeOf(active as Thing);
            if (!over || String(over.id) === home) return said("droppedSame", active as Thing, home);
            return said("dropped", active as Thing, String(over.id));
        },
        onDragCancel: ({ active }) => said("cancelled", active as Thing, homeOf(active as Thing)),
    };
}
