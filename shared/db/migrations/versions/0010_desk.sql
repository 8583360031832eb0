-- What an agent's desk needs beside messages: notes for colleagues, actions that people add, canned replies, labels, counts.

-- A note stands among the messages and never leaves the house: it can be nobody's to send, and can never have been sent.
-- Not validated: whatever an integration called a note before keeps its place.
ALTER TABLE messages ADD CONSTRAINT messages_notes_stay
  CHECK (message_type <> 'note' OR (source_id IS NULL AND provider_id IS NULL AND posted_at IS NULL)) NOT VALID;

-- What a person's client has added under its own key. Not unique: whoever looks holds the conversation's lock, and two
-- conversations that become one may have used the same key.
CREATE INDEX idx_conversation_actions_client_key ON conversation_actions (conversation_id, dedupe_key)
  WHERE source_id IS NULL AND dedupe_key IS NOT NULL;
