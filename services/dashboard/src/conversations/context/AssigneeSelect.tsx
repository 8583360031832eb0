import { useTranslation } from "react-i18next";
import { Field } from "@/ui/field";
import { Select } from "@/ui/select";
import { useColleagues } from "../desk/useColleagues";
import type { Conversation } from "../entities";

type AssigneeSelectProps = {
    conversation: Conversation;
    mayHandOver: boolean;
    onAssign: (userId: string | null) => void;
};

/** Whose a conversation is. Where the role may not change it, it says so. */
export function AssigneeSelect({ conversation, mayHandOver, onAssign }: AssigneeSelectProps) {
    const { t } = useTranslation("conversations");
    const { colleagues } = useColleagues();
    const shown = colleagues.filter((one) => one.active || one.id === conversation.assigned_to);
    return (
        <Field label={t("context.assignee")} hint={!mayHandOver && t("context.notYours")}>
            <Select
                value={conversation.assigned_to ?? ""}
                disabled={!mayHandOver}
                onChange={(event) => onAssign(event.target.value || null)}
            >
                <option value="">{t("context.nobody")}</option>
                {shown.map((colleague) => (
                    <option key={colleague.id} value={colleague.id}>
                        {colleague.name}
                    </option>
                ))}
            </Select>
        </Field>
    );
}
