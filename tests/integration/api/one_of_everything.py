"""A row of clinic 1 in every table that has tenants: a new table needs a line here, and the tenants' walks say so."""

from psycopg.rows import DictRow

from tests.integration.api.factories import Owner, add_contact, add_conversation, add_message, insert, source_id

BIG = "5511965860124551150391104"


def one_of_everything(owner: Owner) -> DictRow:
    """A conversation of clinic 1 with one of everything, so that there is something to be kept from clinic 2."""
    contact = add_contact(owner, name="Maria de Tal")
    add_contact(owner, name="Maria, a outra")
    conversation = add_conversation(
        owner, contact_id=contact["id"], external_id=BIG, source_id=source_id(owner, "demo-wa")
    )
    message = add_message(owner, conversation, content="uma dor que ninguém saiba")
    evolution = conversation["source_id"]
    insert(owner, "contact_identities", clinic_id=1, kind="phone", value="55", contact_id=conversation["contact_id"])
    insert(owner, "message_attachments", clinic_id=1, message_id=message["id"], file_name="a", state="pending")
    insert(owner, "conversation_actions", clinic_id=1, conversation_id=conversation["id"], action_type="x")
    insert(owner, "message_queue", clinic_id=1, source_id=evolution, message_type="send.text", payload={})
    insert(owner, "outbox", clinic_id=1, channel="empresa:1", event="{}")
    insert(owner, "audit_log", clinic_id=1, action="x", subject_type="y", subject_id="z")
    owner.execute(
        """
        INSERT INTO conversation_merges (clinic_id, from_conversation_id, into_conversation_id) VALUES (1, 999, %(id)s);
        INSERT INTO message_changes (clinic_id, source_id, provider_id, kind, slot, "at", value)
        VALUES (1, %(source_id)s, 'x', 'edit', '', now(), 'x');
        INSERT INTO source_states (event_id, clinic_id, source_id, state, "at")
        VALUES (gen_random_uuid(), 1, %(source_id)s, 'open', now());
        INSERT INTO dead_letter_issues (clinic_id, fingerprint, message_type, error_message) VALUES (1, 'x', 'x', 'x');
        INSERT INTO queue_pauses (clinic_id, kind, reason, paused_by) VALUES (1, 'events', 'x', 'x');
        INSERT INTO replays (clinic_id, created_by, rate, max_failures) VALUES (1, 'x', 1, 1);
        INSERT INTO replay_items (replay_id, position, clinic_id, failed_id) SELECT id, 1, 1, 1 FROM replays;
        INSERT INTO canned_replies (clinic_id, shortcut, content) VALUES (1, 'jejum', 'Venha em jejum, Maria');
        INSERT INTO labels (clinic_id, name, colour) VALUES (1, 'Convênio particular', '#ff0000');
        INSERT INTO conversation_labels (clinic_id, conversation_id, label_id) SELECT 1, %(id)s, id FROM labels;
        INSERT INTO source_sending (source_id, clinic_id) VALUES (%(source_id)s, 1);
        INSERT INTO source_activity VALUES (1, %(source_id)s, 'call', now(), 1);
        INSERT INTO source_secrets (clinic_id, source_id, purpose, sealed) VALUES (1, %(source_id)s, 'api-key', 'x');
        INSERT INTO retention_rules (clinic_id, class, days, set_by) VALUES (1, 'messages', 36500, 'x');
        INSERT INTO erasures (clinic_id, contact_id, scope, reason, requested_by)
        SELECT 1, 999, '{}', 'x', min(id) FROM users WHERE clinic_id = 1;
        INSERT INTO source_former_tokens VALUES (sha256('former'), 1, %(source_id)s, now() + interval '1 h');
        INSERT INTO media_files (clinic_id, sha256, size) VALUES (1, sha256('x'), 1);
        INSERT INTO media_jobs (attachment_id, clinic_id, source_id, provider_id, origin)
        SELECT id, 1, %(source_id)s, 'x', 'evolution' FROM message_attachments;
        INSERT INTO webhook_destinations (clinic_id, name, url, events)
        VALUES (1, 'o n8n da Maria', 'https://n8n.example/webhook/a', '{message.created}');
        INSERT INTO webhook_destination_secrets (clinic_id, destination_id, sealed)
        SELECT 1, id, 'x' FROM webhook_destinations;
        INSERT INTO webhook_destination_states (clinic_id, destination_id) SELECT 1, id FROM webhook_destinations;
        INSERT INTO users (clinic_id, email, name, role, password_hash, kind)
        VALUES (1, 'a@service.invalid', 'o robô da Maria', 'agent', '!', 'service');
        INSERT INTO service_tokens (clinic_id, user_id, name, token_hash, prefix, scopes)
        SELECT 1, id, name, sha256('service'), 'prosa_st_abcdef', '{messages:send}' FROM users WHERE kind = 'service';
        """.replace("%(id)s", str(conversation["id"])).replace("%(source_id)s", str(evolution))
    )
    owner.execute(
        """
        INSERT INTO webhook_events (id, clinic_id, source_id, correlation_id, event_type, digest, received_at)
        VALUES (gen_random_uuid(), 1, %s, gen_random_uuid(), 'x', '\\x00', now())
        """,
        [evolution],
    )
    owner.execute(
        """
        INSERT INTO failed_messages (original_message_id, correlation_id, clinic_id, message_type, error_message, error_class)
        VALUES (gen_random_uuid(), gen_random_uuid(), 1, 'x', 'x', 'permanent')
        """
    )
    return conversation
