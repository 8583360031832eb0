"""What every other recorded event says, written out: of messages, of people, of the line, of what happens around it all."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.queue_worker.facts import (
    ActionFact,
    Address,
    ChangeFact,
    ContactFact,
    DeliveryStatus,
    Fact,
    Ignored,
    LineFact,
    LineState,
    Party,
    PresenceFact,
    StatusFact,
)
from tests.unit.interpretation.events import RECEIVED_AT
from tests.unit.interpretation.expected import GROUP, MARIA, Addresses

MARIA_BY_LID: Addresses = (Address("lid", "201122334455667@lid"),)
PICTURE = "https://pps.whatsapp.net/v/FAKE"


def of(digits: str) -> Addresses:
    return (Address("phone", digits), Address("jid", f"{digits}@s.whatsapp.net"))


def status(target: str, reached: DeliveryStatus, at: str | None = None) -> tuple[Fact, ...]:
    return (StatusFact(target, reached, datetime.fromisoformat(at) if at else RECEIVED_AT),)


def reacted(target: str, emoji: str, at: str) -> tuple[Fact, ...]:
    """A contact's reaction."""
    return (ChangeFact(target, "reaction", "them", datetime.fromisoformat(at), value=emoji),)


def edited(target: str, text: str, at: str, slot: str) -> tuple[Fact, ...]:
    return (ChangeFact(target, "edit", slot, datetime.fromisoformat(at), value=text),)


def deleted(target: str) -> tuple[Fact, ...]:
    """A deletion that does not say when it was made."""
    return (ChangeFact(target, "delete", "", RECEIVED_AT, dated=False),)


def known(addresses: Addresses, name: str | None = None, picture: str | None = None) -> ContactFact:
    return ContactFact(Party(addresses, name), RECEIVED_AT, picture)


def line(state: LineState, reason: str | None = None) -> tuple[Fact, ...]:
    return (LineFact(state, RECEIVED_AT, reason),)


def done(
    addresses: Addresses, action_type: str, dedupe_key: str, at: datetime = RECEIVED_AT, **data: Any
) -> tuple[Fact, ...]:
    return (ActionFact(Party(addresses), action_type, data, at, dedupe_key),)


EVENTS: Mapping[str, tuple[Fact, ...]] = {
    "001_connection-update_v1_close401": line("logged_out", "logged out (401)"),
    "009_connection-update_v1_connecting_nosender": line("connecting"),
    "010_connection-update_v1_close405": line("closed", "refused by WhatsApp (405)"),
    "012_contacts-update_v1_array_profilepic": (known(MARIA, picture=PICTURE),),
    "013_messages-upsert_v1_edited_as_upsert": edited(
        "3EB0ORIGINAL0001", "texto corrigido", "2024-05-01T10:40:00Z", "2024-05-01T10:40:00.000+00:00:91e44a79"
    ),
    "014_contacts-upsert_array": (known(MARIA, "Cliente Teste"),),
    "015_contacts-update_array_group": (known(GROUP, "Grupo Teste", PICTURE),),
    "016_contacts-update_object_empty_pushname": (Ignored("contact_without_news", keep=False),),
    "018_connection-update_amqp_open": line("open"),
    "019_qrcode-updated_amqp_qr_nosender": line("pairing", "waiting for the phone to be paired"),
    "023_group-participants-update_participants_objects": done(
        GROUP,
        "group_participants_changed",
        "group_participants_changed:779bcd79a61b900d7d2f2f45e3101911",
        action="add",
        participants=[{"phone": "5511955550001", "jid": "5511955550001@s.whatsapp.net", "lid": "201122334455667@lid"}],
    ),
    "028_messages-upsert_reaction_230": reacted("A5A62669C4C6CC567D00CCC5D7927E00", "❤️", "2026-04-10T05:47:20Z"),
    "030_groups-upsert_list_lid_pairs": (known(GROUP, "Grupo Teste"),),
    "031_group-participants-update_strings_author": done(
        GROUP,
        "group_participants_changed",
        "group_participants_changed:e69a4a6c2bd588123b75efd80b3478e2",
        action="add",
        participants=[{"lid": "203344556677889@lid"}],
        author={"lid": "201122334455667@lid"},
    ),
    "033_contacts-update_lid_contact_object": (known(MARIA_BY_LID, "Cliente Teste", "https://pps.whatsapp.net/FAKE"),),
    "034_chats-upsert_unread5": (Ignored("chat_state", keep=False),),
    "035_presence-update_presence_lid": (PresenceFact(MARIA_BY_LID, "composing", RECEIVED_AT),),
    "036_messages-update_delivery_pn": status("3EB08F167BC1727E956F2D", "delivered"),
    "037_messages-update_read_lid_same_keyid": status("3EB08F167BC1727E956F2D", "read"),
    "038_messages-update_no_status_223": (Ignored("status_missing"),),
    "039_messages-edited_edited_fromme_wrong_223": edited(
        "E925A9673BA41BDE6000000000000001", "ola", "2025-04-09T12:00:00Z", "2025-04-09T12:00:00.000+00:00:55a9f4f8"
    ),
    "040_messages-update_deleted_on_edit_234": (Ignored("deletion_not_trusted"),),
    "044_messages-update_array_key_update_string": status("msg_out1", "failed"),
    "045_messages-update_array_key_update_numeric": status("BAE5XXX", "delivered"),
    "046_messages-update_object_key_update": status("3EB0F92CAB0D0C54F4DC65", "read"),
    "047_messages-update_v1_flat_key_datetime": status("3EB0F92CAB0D0C54F4DC65", "read", "2024-05-01T10:40:00.123Z"),
    "049_typebot-start_typebot_start": done(
        MARIA,
        "typebot_started",
        "typebot_started:c82308c315af4fb9b7ad2da2d4830d1a",
        typebot="atendimento",
        session_id="session_123",
        variables=[{"name": "nome", "value": "Maria"}],
    ),
    "050_typebot-change-status_typebot_status": done(
        MARIA,
        "typebot_status_changed",
        "typebot_status_changed:8fbed91a32f9e1fa8b7c958e672c281b",
        status="opened",
        session_id="session_123",
    ),
    "051_status-instance_status_closed": line("logged_out", "logged out (401)"),
    "052_qrcode-updated_qr_limit": line("refused", "QR code limit reached"),
    "053_connection-update_conn_refused": line("refused", "connection closed (428)"),
    "054_messaging-history-set_history_done_240": (Ignored("history_progress"),),
    "076_messages-upsert_237_reaction_negative_long": reacted(
        "3EB0F92CAB0D0C54F4DC65", "❤️", "2026-11-20T09:36:43.123Z"
    ),
    "093_messages-upsert_237_status_broadcast": (Ignored("status_broadcast"),),
    "094_messages-upsert_237_newsletter": (Ignored("newsletter"),),
    "099_messages-edited_237_edited_wrapper": edited(
        "AC00009103D165AE397609A6A20D78F1",
        "Bom dia, quero DOIS orcamentos",
        "2026-11-20T09:38:20Z",
        "2026-11-20T09:38:20.000+00:00:82c9c325",
    ),
    "101_messages-edited_237_revoke_as_edited_type0": deleted("AC00009103D165AE397609A6A20D78F1"),
    "103_messages-update_237_server_ack": status("SENTID0001", "sent"),
    "104_messages-update_237_delivery_ack": status("SENTID0001", "delivered"),
    "105_messages-update_237_read": status("SENTID0001", "read"),
    "108_messages-update_237_read_lid": status("SENTID0001", "read"),
    "110_messages-delete_237_delete_flat_key": deleted("AC00009103D165AE397609A6A20D78F4"),
    "111_chats-upsert_237_chats_upsert": (known(of("5511955550006"), "Novo"),),
    "113_chats-delete_237_chats_delete_strings": (Ignored("chat_deleted_on_phone"),),
    "114_groups-upsert_237_groups_upsert": (known(GROUP, "Grupo Teste"),),
    "116_labels-edit_237_labels_edit": (Ignored("label_edited"),),
    "118_chats-set_237_chats_set": (known(MARIA, "Cliente"),),
    "121_call_237_call_offer": done(
        (*MARIA, *MARIA_BY_LID),
        "call",
        "call:CALL1234567890ABCDEF:offer",
        datetime.fromisoformat("2026-11-20T09:40:00Z"),
        call_id="CALL1234567890ABCDEF",
        status="offer",
        video=False,
        group=False,
    ),
    "122_connection-update_237_conn_connecting": line("connecting"),
    "123_connection-update_237_conn_open": line("open"),
    "124_qrcode-updated_237_qr_image": line("pairing", "waiting for the phone to be paired"),
    "125_contacts-upsert_237_contacts_upsert_array": (
        known(MARIA, "Cliente"),
        Ignored("contact_without_news", keep=False),
    ),
    "126_contacts-update_237_contacts_update_array": (
        known(MARIA, "Cliente"),
        Ignored("contact_without_news", keep=False),
    ),
    "129_contacts-upsert_236_evochannel_x": (known(MARIA, "Maria Teste"),),
    "131_chats-upsert_236_evochannel_x": (Ignored("chat_state", keep=False),),
    "132_chats-update_236_evochannel_x": (Ignored("chat_state", keep=False),),
    "137_remove-instance_236_evochannel_x": line("removed", "instance removed"),
    "139_instance-create_237_cloud_x": line("created", "instance created"),
    "141_contacts-upsert_237_cloud_x": (Ignored("contact_without_address"),),
    "143_messages-upsert_237_cloud_reactionmessage": reacted("wamid.PREV", "👍", "2026-11-20T09:40:02Z"),
    "145_messages-update_237_cloud_delivered": status(
        "wamid.HBgNNTUxMTk1NTU1MDAwMRUCABIYFDNBRkFLRUZBS0VGQUtFAA==", "delivered"
    ),
}
