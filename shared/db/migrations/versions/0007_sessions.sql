-- Sessions that began before it are over, whatever their tokens say; null: none was ended early. In whole seconds, as
-- tokens tell time.
ALTER TABLE users ADD COLUMN sessions_valid_from timestamptz;
-- Every request asks, and signing out sets it. The right to update also lets a transaction keep people as they are
-- (FOR SHARE) while something is handed to them.
GRANT SELECT (sessions_valid_from), UPDATE (sessions_valid_from) ON users TO prosa_api;

-- Who handed a conversation to whom stands in its timeline.
GRANT INSERT ON conversation_actions TO prosa_api;
