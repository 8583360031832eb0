"""More conversations than anybody reads, and one that is long."""

import psycopg
from psycopg.rows import DictRow

from tests.integration.api.factories import add_contact, add_conversation

PAGE = 50


def long_lists(owner: psycopg.Connection[DictRow]) -> int:
    """10,000 conversations in clinic 2, and the id of another with 5,000 messages, of which each page is a day's."""
    contact = add_contact(owner, clinic_id=2, name="Paciente falante")
    talk = add_conversation(owner, clinic_id=2, contact_id=contact["id"])
    owner.execute(
        "INSERT INTO messages (clinic_id, conversation_id, sender_type, content, timestamp)"
        " SELECT 2, %s, 'patient', 'mensagem ' || n,"
        "   (date_trunc('day', now() AT TIME ZONE timezone) - (5000 - n) / %s * interval '1 day' - interval '1 day'"
        "     + (n - 1) %% %s * interval '5 minutes') AT TIME ZONE timezone"
        " FROM generate_series(1, 5000) n, clinics WHERE clinics.id = 2",
        [talk["id"], PAGE, PAGE],
    )
    owner.execute(
        "WITH people AS (INSERT INTO contacts (clinic_id, name, phone, name_at, picture_at)"
        " SELECT 2, 'Pessoa ' || n, '55117' || lpad(n::text, 8, '0'), now(), now() FROM generate_series(1, 10000) n"
        " RETURNING id) INSERT INTO conversations (clinic_id, contact_id) SELECT 2, id FROM people"
    )
    return int(talk["id"])
