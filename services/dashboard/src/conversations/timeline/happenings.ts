import type { Action } from "../entities";

// What happened around a conversation becomes one centred line. Its words stand in texts.ts, under the key.

export type Happening = {
    key: string;
    values: Record<string, string>;
    icon: "calendar" | "transfer" | "archive" | "reopen" | "priority" | "label" | "call" | "bot" | "group" | "other";
    /** What somebody wrote for colleagues. */
    note: string | null;
};

const PRIORITY_WORDS = ["low", "normal", "high", "urgent"];

type Data = Record<string, unknown>;
type Reader = (data: Data) => Happening;

const READERS: Record<string, Reader> = {
    conversation_transferred: (data) => moved(data, "transferred"),
    conversation_assigned: (data) => moved(data, "assigned"),
    conversation_archived: (data) => happening("archive", "archived", { by: nameOf(data.by) }),
    conversation_reopened: (data) => happening("reopen", "reopened", { by: nameOf(data.by) }),
    priority_changed: (data) => {
        const to = PRIORITY_WORDS.find((word) => word === data.to) ?? "normal";
        return happening("priority", `priority_${to}`, { by: nameOf(data.by) });
    },
    label_added: (data) => labelled(data, "labelAdded"),
    label_removed: (data) => labelled(data, "labelRemoved"),
    appointment_created: (data) => appointment(data, "appointmentCreated"),
    appointment_status_changed: (data) => appointment(data, "appointmentChanged"),
    call: (data) => happening("call", callKey(data), {}),
    typebot_started: (data) => happening("bot", "botStarted", { name: textOf(data.typebot) }),
    typebot_status_changed: (data) => happening("bot", "botChanged", { status: textOf(data.status) }),
    group_participants_changed: () => happening("group", "groupChanged", {}),
};

export function happeningOf(action: Pick<Action, "action_type" | "action_data">): Happening {
    const data = dataOf(action.action_data);
    const reader = READERS[action.action_type];
    if (reader) return reader(data);
    return happening("other", "other", { what: action.action_type.replaceAll("_", " "), by: nameOf(data.by) });
}

function happening(
    icon: Happening["icon"],
    key: string,
    values: Record<string, string>,
    note: unknown = null,
): Happening {
    return { icon, key, values, note: typeof note === "string" && note !== "" ? note : null };
}

function moved(data: Data, key: "transferred" | "assigned"): Happening {
    const [by, to] = [nameOf(data.by), nameOf(data.to_user)];
    if (to === "") return happening("transfer", "unassigned", { by });
    if (by === to) return happening("transfer", "taken", { by });
    return happening("transfer", by === "" ? "assignedByNobody" : key, { by, to }, data.note);
}

function labelled(data: Data, key: "labelAdded" | "labelRemoved"): Happening {
    const name = nameOf(data.label);
    return happening("label", name === "" ? `${key}InWhatsApp` : key, { by: nameOf(data.by), name });
}

function appointment(data: Data, key: string): Happening {
    const details = [textOf(data.doctor), textOf(data.status)].filter(Boolean).join(", ");
    const at = textOf(data.at) || textOf(data.date);
    return happening("calendar", key, { details, at });
}

function callKey(data: Data): string {
    const missed = data.status === "timeout" || data.status === "reject" || data.status === "terminate";
    return `${missed ? "callEnded" : "call"}${data.video === true ? "Video" : "Voice"}`;
}

function dataOf(data: unknown): Data {
    return typeof data === "object" && data !== null && !Array.isArray(data) ? (data as Data) : {};
}

function nameOf(person: unknown): string {
    return textOf(dataOf(person).name);
}

function textOf(value: unknown): string {
    return typeof value === "string" ? value : "";
}
