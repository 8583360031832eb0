-- The event (webhook_events.id) or the API's request that told of it first; null for what was stored before. The indexes are
-- empty at first, but to know that the tables are read once: docs/operations.md says how to make them before, concurrently.
ALTER TABLE messages ADD COLUMN IF NOT EXISTS told_by uuid;
ALTER TABLE conversation_actions ADD COLUMN IF NOT EXISTS told_by uuid;
CREATE INDEX IF NOT EXISTS idx_messages_told_by ON messages (told_by) WHERE told_by IS NOT NULL;
CREATE INDEX IF NOT EXISTS idx_conversation_actions_told_by ON conversation_actions (told_by) WHERE told_by IS NOT NULL;
