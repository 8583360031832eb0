-- Edits, deletions, reactions, votes and statuses name a message by its provider's id and may come before it. Each is kept
-- here; what a message shows is derived from all of its changes, so the order in which they come makes no difference.
CREATE TABLE message_changes (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  clinic_id    bigint NOT NULL REFERENCES clinics (id),
  source_id    bigint NOT NULL REFERENCES sources (id),
  provider_id  text NOT NULL,                              -- the message's, not the change's
  kind         text NOT NULL CHECK (kind IN ('status', 'edit', 'delete', 'reaction', 'vote')),
  slot         text NOT NULL,                              -- a later change of one slot replaces the earlier: who reacted
  "at"         timestamptz NOT NULL,
  dated        boolean NOT NULL DEFAULT true,              -- false: the time is ours, and loses against one that is known
  value        text,
  data         jsonb NOT NULL DEFAULT '{}',
  settled      boolean NOT NULL DEFAULT false,             -- the message shows it
  created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (source_id, provider_id, kind, slot)
);
-- What came before its message, or at the same moment in another transaction.
CREATE INDEX idx_message_changes_unsettled ON message_changes (created_at) WHERE NOT settled;

-- Statuses only climb; `failed` is left by nothing but an explicit retry, so it is above all that is reported.
CREATE FUNCTION status_rank(status text) RETURNS integer
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN array_position(ARRAY['pending', 'sent', 'delivered', 'read', 'played', 'failed'], status);

ALTER TABLE messages
  ADD COLUMN original_content text,                        -- what was said first, where it was edited since
  ADD COLUMN reactions jsonb NOT NULL DEFAULT '[]',
  ADD COLUMN quiet boolean NOT NULL DEFAULT false;         -- history: counted as unread and announced by nobody

-- What is true for a moment only (somebody is typing) is published without a number and forgotten.
ALTER TABLE outbox ADD COLUMN ephemeral boolean NOT NULL DEFAULT false;

ALTER TABLE contacts
  ADD COLUMN picture_url text,
  ADD COLUMN picture_at timestamptz;

ALTER TABLE contact_identities DROP CONSTRAINT contact_identities_kind_check;
ALTER TABLE contact_identities ADD CONSTRAINT contact_identities_kind_check
  CHECK (kind IN ('phone', 'jid', 'lid', 'group', 'external', 'channel'));

-- An integration that counts its conversations from 1 is not the only one that does: such names are told apart by source.
-- (The owner of the tables may be no superuser, and sees rows of every clinic only while the policies do not hold for him.)
ALTER TABLE contact_identities NO FORCE ROW LEVEL SECURITY;
ALTER TABLE sources NO FORCE ROW LEVEL SECURITY;
UPDATE contact_identities i SET value = s.name || ':' || i.value
FROM sources s WHERE i.kind = 'external' AND i.value ~ '^[0-9]{1,11}$' AND s.clinic_id = i.clinic_id AND s.kind = 'n8n'
  AND NOT EXISTS (SELECT FROM sources o WHERE o.clinic_id = s.clinic_id AND o.kind = 'n8n' AND o.id <> s.id);
ALTER TABLE contact_identities FORCE ROW LEVEL SECURITY;
ALTER TABLE sources FORCE ROW LEVEL SECURITY;

ALTER TABLE conversations ADD COLUMN heard_address text;  -- under which the contact was heard last: replies go there

-- A conversation whose contact was found to be somebody we knew already went into that one's; old links still lead there.
CREATE TABLE conversation_merges (
  clinic_id            bigint NOT NULL,
  from_conversation_id bigint NOT NULL,
  from_external_id     text,
  into_conversation_id bigint NOT NULL,
  merged_at            timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (clinic_id, from_conversation_id),
  FOREIGN KEY (clinic_id, into_conversation_id) REFERENCES conversations (clinic_id, id)
);
CREATE INDEX idx_conversation_merges_into ON conversation_merges (clinic_id, into_conversation_id);
CREATE UNIQUE INDEX idx_conversation_merges_external_id ON conversation_merges (clinic_id, from_external_id)
  WHERE from_external_id IS NOT NULL;

DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['message_changes', 'conversation_merges'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant ON %I USING (clinic_id = (SELECT current_clinic()))', name);
  END LOOP;
END $$;
-- The worker looks for what waits in every clinic, as it claims from every clinic's queue.
CREATE POLICY every_waiting_change ON message_changes TO prosa_worker USING (NOT settled) WITH CHECK (false);

GRANT SELECT, INSERT, UPDATE, DELETE ON message_changes TO prosa_worker;
GRANT SELECT, INSERT, UPDATE ON conversation_merges TO prosa_worker;
GRANT DELETE ON contacts, conversations TO prosa_worker;
GRANT UPDATE (conversation_id) ON conversation_actions TO prosa_worker;
GRANT INSERT ON audit_log TO prosa_worker;
GRANT SELECT ON message_changes, conversation_merges TO prosa_api;
