"""What every recorded message says, written out: what a reader of the conversation would see."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.queue_worker.facts import Address, Attachment, DeliveryStatus, MessageFact, Party
from tests.unit.interpretation.events import DIGEST

Addresses = tuple[Address, ...]

MARIA: Addresses = (Address("phone", "5511955550001"), Address("jid", "5511955550001@s.whatsapp.net"))
MARIA_WITH_LID: Addresses = (*MARIA, Address("lid", "201122334455667@lid"))
GROUP: Addresses = (Address("group", "120363000000000001@g.us"),)
OTHER_GROUP: Addresses = (Address("group", "120363000000000002@g.us"),)


def heard(
    provider_id: str,
    timestamp: str,
    content: str,
    *,
    name: str | None = "Cliente Teste",
    of: Addresses = MARIA,
    kind: str = "text",
    reply_to: str | None = None,
    files: tuple[Attachment, ...] = (),
    metadata: Mapping[str, Any] | None = None,
) -> MessageFact:
    """A message from a contact, or from somebody in a group."""
    return MessageFact(
        party=Party(of, name=None if of in (GROUP, OTHER_GROUP) else name),
        provider_id=provider_id,
        sender_type="patient",
        content=content,
        message_type=kind,
        timestamp=datetime.fromisoformat(timestamp),
        delivery_status="delivered",
        sender_name=name,
        reply_to=reply_to,
        attachments=files,
        metadata=metadata or {},
    )


def sent(
    provider_id: str,
    timestamp: str,
    content: str,
    *,
    by: str | None = "Loja Teste",
    kind: str = "text",
    status: DeliveryStatus = "sent",
    reply_to: str | None = None,
    files: tuple[Attachment, ...] = (),
) -> MessageFact:
    """A message of ours to Maria; by whom, where that is known."""
    return MessageFact(
        party=Party(MARIA),
        provider_id=provider_id,
        sender_type="professional",
        content=content,
        message_type=kind,
        timestamp=datetime.fromisoformat(timestamp),
        delivery_status=status,
        sender_name=by,
        echo=True,
        reply_to=reply_to,
        attachments=files,
    )


def file(name: str, mimetype: str | None, size: int | None, **metadata: Any) -> Attachment:
    return Attachment(name, file_type=mimetype, file_size=size, metadata=metadata)


MESSAGES: Mapping[str, MessageFact] = {
    "002_messages-upsert_v1_text": heard("3EB03E3CA617ADA52AEA79", "2025-05-01T20:51:13Z", "hola - text"),
    "003_messages-upsert_v1_image_base64": heard(
        "3EB083096BF5E4096E4137",
        "2025-05-01T20:53:16Z",
        "hola - text con multimedia (imagen)",
        kind="image",
        files=(file("image-096E4137.jpg", "image/jpeg", 52046, width=720, height=720, inline=True),),
    ),
    "004_messages-upsert_v1_video_base64": heard(
        "3EB080FBD16B588D5E1065",
        "2025-05-01T20:57:16Z",
        "hola - text con multimea (video)",
        kind="video",
        files=(file("video-8D5E1065.mp4", "video/mp4", 2797968, seconds=16, width=576, height=1024, inline=True),),
    ),
    "005_messages-upsert_v1_text_fromme": sent(
        "3EB0B7AA9746D9215C1340",
        "2025-05-01T21:10:21Z",
        "texto de exemplo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    ),
    "006_messages-upsert_v1_image_fromme": sent(
        "3EB0E559DC0FE60E423298",
        "2025-05-01T21:11:43Z",
        "mensaje saliente con multimedia (imagen)",
        kind="image",
        files=(file("image-0E423298.jpg", "image/jpeg", 68236, width=526, height=526, inline=True),),
    ),
    "007_messages-upsert_v1_group_lid_text": heard(
        "10C148D6B21E9B5A960AEEE61C8C9065",
        "2025-05-07T21:02:54Z",
        "test 001  hola",
        of=GROUP,
        metadata={"participant": {"lid": "201122334455667@lid"}},
    ),
    "008_messages-upsert_v1_group_lid_exttext_ephemeral_ctx": heard(
        "3A64A0D75B60AB42F46A",
        "2025-05-08T23:08:00Z",
        "texto de exemplo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        of=OTHER_GROUP,
        metadata={"participant": {"lid": "203344556677889@lid"}},
    ),
    "011_messages-upsert_v1_ext_quoted_document": sent(
        "3EB0E5226B8A631E36A06E",
        "2023-11-24T14:38:35Z",
        "e assim que comeca",
        reply_to="2F0C1BF027EBAFBAB650D16D3C685EE1",
    ),
    "017_messages-upsert_fromme_phone_serverack": sent(
        "3AE99D6A1DBF3F9A0578", "2025-11-22T00:25:03Z", "Texto da mensagem"
    ),
    "020_messages-upsert_amqp_lid_swapped_237": heard(
        "AC9103D165AE397609A6A20D78FF248E", "2026-07-26T21:13:06Z", "Mensagem de teste", name="Joao"
    ),
    "021_messages-upsert_reply_context_top": heard(
        "AC9103D165AE397609A6A20D78FF248F",
        "2026-07-26T21:13:20Z",
        "Teste",
        name="Joao",
        reply_to="A5C6199A603479DA189DBC0EB1FE83D7",
    ),
    "022_messages-upsert_lid_long_u8": heard(
        "ACF74C317ABADED4BE7EDC7E41BE13EE", "2025-11-16T20:49:42Z", "Teste envio de mensagem", of=MARIA_WITH_LID
    ),
    "024_messages-upsert_lid_senderpn_230": heard(
        "3A523E3773D0DD417D2C", "2026-04-10T05:46:40Z", "Oi", name="Test User", of=MARIA_WITH_LID
    ),
    "025_messages-upsert_pn_senderlid_230": heard(
        "3EB07D614C300B85360585",
        "2026-04-10T05:46:50Z",
        "ops:summary skill\nhttps://example.com/x",
        name="Test User",
        of=MARIA_WITH_LID,
    ),
    "026_messages-upsert_group_lid_nopn_mention": heard(
        "3AC37624058F2396953A",
        "2026-04-10T05:47:00Z",
        "@209900000000001 me ajuda",
        name="Test User",
        of=GROUP,
        metadata={"participant": {"lid": "201122334455667@lid"}, "mentions": ["209900000000001@lid"]},
    ),
    "027_messages-upsert_reply_quoted_image": heard(
        "3A523E3773D0DD417D2D",
        "2026-04-10T05:47:10Z",
        "Obrigado",
        name="Test User",
        of=MARIA_WITH_LID,
        reply_to="A5A62669C4C6CC567D00CCC5D7927E00",
    ),
    "029_messages-upsert_image_inline_base64": heard(
        "3A523E3773D0DD417D2F",
        "2026-04-10T05:47:30Z",
        "",
        name="Test User",
        of=MARIA_WITH_LID,
        kind="image",
        files=(file("image-DD417D2F.jpg", "image/jpeg", None, inline=True),),
    ),
    "032_messages-upsert_previousremotejid_231": heard(
        "3AC7115AAF7ED9FBF315", "2026-02-02T02:40:00Z", "Hello", of=MARIA_WITH_LID
    ),
    "041_messages-upsert_lid_only_empty_id_223": heard(
        f"digest:{DIGEST}", "2026-03-09T03:35:45Z", "Oi", of=(Address("lid", "209988776655443@lid"),)
    ),
    "042_send-message_cloud_wamid": sent(
        "wamid.HBgMNTUxMTk1NTU1MDAwMRUCABEYEjYzOEFEQzAzRUU0MjAxQTJDMQA=",
        "2026-08-18T10:37:46Z",
        "o que achou?",
        by=None,
        status="pending",
    ),
    "048_messages-upsert_v1_long_filelength_upper": heard(
        "3EB0A12345678901234567",
        "2026-04-13T15:10:00Z",
        "Esse modelo",
        name="Cliente Maria",
        kind="image",
        files=(file("image-01234567.jpg", "image/jpeg", 45678, width=1920, height=1080),),
    ),
    "055_messages-upsert_lid_swapped_240": heard(
        "AC00009103D165AE397609A6A20D7FFF", "2026-05-28T20:26:40Z", "oi", of=MARIA_WITH_LID
    ),
    "056_messages-upsert_v1_string_timestamp": heard(
        "3EB0STRINGTS01", "2024-05-01T10:40:00Z", "ts string", name="Cliente"
    ),
    "057_messages-upsert_long_timestamp": heard("3EB0LONGTS0001", "2024-05-01T10:40:00Z", "ts long", name="Cliente"),
    "058_messages-upsert_237_text": heard(
        "AC00009103D165AE397609A6A20D78F1", "2026-11-20T09:36:41Z", "Bom dia, quero um orcamento"
    ),
    "059_messages-upsert_237_quote_ctx_top": heard(
        "AC00009103D165AE397609A6A20D78F2", "2026-11-20T09:36:42Z", "Pode ser", reply_to="3EB0F92CAB0D0C54F4DC65"
    ),
    "060_messages-upsert_237_link_flattened": heard(
        "AC00009103D165AE397609A6A20D78F3", "2026-11-20T09:36:43Z", "veja https://example.com/p/1"
    ),
    "061_messages-upsert_237_lid_alt_swapped": heard(
        "AC00009103D165AE397609A6A20D78F4", "2026-11-20T09:36:44Z", "vim pelo lid"
    ),
    "064_messages-upsert_237_group_pn_senderkey": heard(
        "AC00009103D165AE397609A6A20D78F6",
        "2026-11-20T09:36:46Z",
        "oi grupo",
        of=GROUP,
        metadata={"participant": {"phone": "5511955550002", "jid": "5511955550002@s.whatsapp.net"}},
    ),
    "066_messages-upsert_237_image_u8_long": heard(
        "AC00009103D165AE397609A6A20D78F8",
        "2026-11-20T09:36:48Z",
        "foto do produto",
        kind="image",
        files=(file("image-A20D78F8.jpg", "image/jpeg", 118904, width=960, height=1280),),
    ),
    "069_messages-upsert_237_document": heard(
        "AC00009103D165AE397609A6A20D78FB",
        "2026-11-20T09:36:51Z",
        "",
        kind="document",
        files=(file("contrato.pdf", "application/pdf", 88888, page_count=3),),
    ),
    "071_messages-upsert_237_sticker": heard(
        "AC00009103D165AE397609A6A20D78FD",
        "2026-11-20T09:36:53Z",
        "",
        kind="sticker",
        files=(file("sticker-A20D78FD.webp", "image/webp", 20480, width=64, height=64),),
    ),
    "072_messages-upsert_237_location": heard(
        "AC00009103D165AE397609A6A20D78FE",
        "2026-11-20T09:36:54Z",
        "-23.55, -46.63",
        kind="location",
        metadata={"latitude": -23.55, "longitude": -46.63},
    ),
    "074_messages-upsert_237_contact_vcard": heard(
        "AC00009103D165AE397609A6A20D7900",
        "2026-11-20T09:36:56Z",
        "Joao Ficticio",
        kind="contact",
        metadata={
            "vcards": [
                "BEGIN:VCARD\nVERSION:3.0\nN:;Joao;;;\nFN:Joao Ficticio\n"
                "TEL;waid=5511900000010:+55 11 90000-0010\nEND:VCARD"
            ]
        },
    ),
    "078_messages-upsert_237_buttons_response": heard(
        "AC00009103D165AE397609A6A20D7904",
        "2026-11-20T09:37:00Z",
        "Sim",
        reply_to="3EB0BTN",
        metadata={"selected_id": "btn_1"},
    ),
    "080_messages-upsert_237_list_response": heard(
        "AC00009103D165AE397609A6A20D7906",
        "2026-11-20T09:37:02Z",
        "Financeiro",
        metadata={"selected_id": "row_fin", "description": "2a via"},
    ),
    "082_messages-upsert_237_ephemeral_wrapper": heard(
        "AC00009103D165AE397609A6A20D7908", "2026-11-20T09:37:04Z", "some em 24h"
    ),
    "084_messages-upsert_237_viewonce_flag": heard(
        "AC00009103D165AE397609A6A20D790A",
        "2026-11-20T09:37:06Z",
        "",
        kind="image",
        files=(file("image-A20D790A.jpg", "image/jpeg", 118904, width=960, height=1280, view_once=True),),
    ),
    "086_messages-upsert_237_poll_creation_v3": heard(
        "AC00009103D165AE397609A6A20D790C",
        "2026-11-20T09:37:08Z",
        "Qual horario?",
        kind="poll",
        metadata={"options": ["Manha", "Tarde"], "selectable": 1},
    ),
    "089_messages-upsert_237_album": heard(
        "AC00009103D165AE397609A6A20D790F",
        "2026-11-20T09:37:11Z",
        "",
        kind="album",
        metadata={"images": 2, "videos": 0},
    ),
    "091_messages-upsert_237_order_catalog": heard(
        "AC00009103D165AE397609A6A20D7911",
        "2026-11-20T09:37:13Z",
        "pedido",
        kind="order",
        metadata={"order_id": "123456789", "items": 2, "amount_1000": 150000, "currency": "BRL"},
    ),
    "095_messages-upsert_237_broadcast_list": heard(
        "AC00009103D165AE397609A6A20D7915", "2026-11-20T09:37:17Z", "lista"
    ),
    "128_messages-upsert_236_evochannel_conversation": heard("IN-1", "2026-11-20T09:27:29Z", "ola", name="Maria Teste"),
    "133_send-message_236_evochannel_conversation": sent(
        "f255f721-233a-4551-a5b2-a6b9cec9eec5", "2026-11-20T09:27:30Z", "resposta", by=None
    ),
    "135_send-message_236_evochannel_documentmessage": sent(
        "73b1c2d1-dc77-4a0c-a97c-89c5e1622c98",
        "2026-11-20T09:27:30Z",
        "",
        by=None,
        kind="document",
        files=(file("document-e1622c98.pdf", None, None, media_url="https://example.com/a.pdf"),),
    ),
    "140_messages-upsert_237_cloud_conversation": heard(
        "wamid.HBgNNTUxMTk1NTU1MDAwMRUCABIYFDNBRkFLRUZBS0VGQUtFAA==",
        "2026-11-20T09:40:00Z",
        "oi via cloud",
        name="Cliente Cloud",
    ),
}
