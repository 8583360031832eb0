import { useTranslation } from "react-i18next";
import { ContactCard } from "@/contacts/ContactCard";
import { Field, Label } from "@/ui/field";
import { Select } from "@/ui/select";
import { type Action, type Conversation, PRIORITIES, type Priority, type TimelineMessage } from "../entities";
import { AssigneeSelect } from "./AssigneeSelect";
import { LabelPicker } from "./LabelPicker";
import { Files, Happened, Notes, OtherConversations } from "./Lists";
import { Section } from "./Section";

export type ContextPanelProps = {
    conversation: Conversation;
    messages: readonly TimelineMessage[];
    actions: readonly Action[];
    mayHandOver: boolean;
    onAssign: (userId: string | null) => void;
    onPriority: (priority: Priority) => void;
    onLabel: (labelId: string, on: boolean) => void;
};

/** Everything about a conversation that is no message: whose it is, who the patient is, what happened. */
export function ContextPanel(props: ContextPanelProps) {
    const { conversation, messages, actions } = props;
    const { t } = useTranslation("conversations");
    return (
        <div className="min-h-0 flex-1 overflow-y-auto">
            <Section title={t("context.conversation")}>
                <Decisions {...props} />
            </Section>
            <Section title={t("context.contact")}>
                <ContactCard contactId={conversation.contact_id} />
            </Section>
            <Section title={t("context.notes")}>
                <Notes messages={messages} />
            </Section>
            <Section title={t("context.others")} open={false}>
                <OtherConversations conversation={conversation} />
            </Section>
            <Section title={t("context.media")} open={false}>
                <Files messages={messages} />
            </Section>
            <Section title={t("context.happened")} open={false}>
                <Happened actions={actions} />
            </Section>
        </div>
    );
}

function Decisions({ conversation, mayHandOver, onAssign, onPriority, onLabel }: ContextPanelProps) {
    const { t } = useTranslation("conversations");
    return (
        <div className="grid gap-3">
            <AssigneeSelect conversation={conversation} mayHandOver={mayHandOver} onAssign={onAssign} />
            <Field label={t("priority.label")}>
                <Select value={conversation.priority} onChange={(event) => onPriority(event.target.value as Priority)}>
                    {PRIORITIES.map((priority) => (
                        <option key={priority} value={priority}>
                            {t(`priority.${priority}`)}
                        </option>
                    ))}
                </Select>
            </Field>
            <div className="grid gap-1.5">
                <Label asChild>
                    <span>{t("labels")}</span>
                </Label>
                <LabelPicker labelIds={conversation.label_ids} onToggle={onLabel} />
            </div>
        </div>
    );
}
