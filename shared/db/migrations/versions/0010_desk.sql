-- What an agent's desk needs beside messages: notes for colleagues, actions that people add, canned replies, labels, counts.

-- A note stands among the messages and never leaves the house: it can be nobody's to send, and can never have been sent.
-- Not validated: whatever an integration called a note before keeps its place.
ALTER TABLE messages ADD CONSTRAINT messages_notes_stay
  CHECK (message_type <> 'note' OR (source_id IS NULL AND provider_id IS NULL AND posted_at IS NULL)) NOT VALID;

-- What a person's client has added under its own key. Not unique: whoever looks holds the conversation's lock, and two
-- conversations that become one may have used the same key.
CREATE INDEX idx_conversation_actions_client_key ON conversation_actions (conversation_id, dedupe_key)
  WHERE source_id IS NULL AND dedupe_key IS NOT NULL;

-- Answers that are written often. Shortcuts that differ only in capitals and accents are one: who types /ola means olá.
CREATE TABLE canned_replies (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  clinic_id   bigint NOT NULL REFERENCES clinics (id),
  shortcut    text NOT NULL,
  content     text NOT NULL,                               -- with variables: services/api/placeholders.py
  version     bigint NOT NULL DEFAULT 1,
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX idx_canned_replies_shortcut ON canned_replies (clinic_id, (folded(shortcut) COLLATE "C"));

DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['canned_replies'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant ON %I USING (clinic_id = (SELECT current_clinic()))', name);
  END LOOP;
END $$;

GRANT SELECT, INSERT, UPDATE (shortcut, content, version, updated_at), DELETE ON canned_replies TO prosa_api;

-- A clinic's own labels, and the conversations that have them. WhatsApp's labels are another thing: what is told of them stands
-- in the timeline (conversation_actions).
CREATE TABLE labels (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  clinic_id   bigint NOT NULL REFERENCES clinics (id),
  name        text NOT NULL,
  colour      text NOT NULL CHECK (colour ~ '^#[0-9a-f]{6}$'),
  version     bigint NOT NULL DEFAULT 1,
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX idx_labels_name ON labels (clinic_id, (folded(name) COLLATE "C"));
CREATE UNIQUE INDEX idx_labels_clinic_id ON labels (clinic_id, id);          -- the youngest, as of contacts

-- What goes with its conversation or label goes without a word: a worker of before, which knows no labels, merges as it did.
CREATE TABLE conversation_labels (
  clinic_id        bigint NOT NULL,
  conversation_id  bigint NOT NULL,
  label_id         bigint NOT NULL,
  created_at       timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (clinic_id, conversation_id, label_id),
  FOREIGN KEY (clinic_id, conversation_id) REFERENCES conversations (clinic_id, id) ON DELETE CASCADE,
  FOREIGN KEY (clinic_id, label_id) REFERENCES labels (clinic_id, id) ON DELETE CASCADE
);
CREATE INDEX idx_conversation_labels_label ON conversation_labels (clinic_id, label_id, conversation_id);

DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['labels', 'conversation_labels'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant ON %I USING (clinic_id = (SELECT current_clinic()))', name);
  END LOOP;
END $$;

GRANT SELECT, INSERT, UPDATE (name, colour, version, updated_at), DELETE ON labels TO prosa_api;
GRANT SELECT, INSERT, DELETE ON conversation_labels TO prosa_api;
-- Of two conversations that become one the labels are joined.
GRANT SELECT, INSERT ON conversation_labels TO prosa_worker;

-- What a desk counts: by status and whose, and of the active ones what is unread. All of them partial: a whole one would be
-- younger than idx_conversations_clinic_id, and taken by what refers to conversations as long as there are no statistics.
CREATE INDEX idx_conversations_active ON conversations (clinic_id, assigned_to) WHERE status = 'active';
CREATE INDEX idx_conversations_unread ON conversations (clinic_id) WHERE status = 'active' AND unread_count > 0;
