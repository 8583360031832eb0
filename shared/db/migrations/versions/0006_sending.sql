-- A source's way to WhatsApp as its senders find it: whether it is given a rest, and when it may send next. One row holds
-- for all workers.
CREATE TABLE source_sending (
  source_id    bigint PRIMARY KEY REFERENCES sources (id),
  clinic_id    bigint NOT NULL,
  failures     integer NOT NULL DEFAULT 0,                 -- in a row; a success ends the row
  paused_at    timestamptz,                                -- null: not paused. Past paused_until one message tries it
  paused_until timestamptz,
  reason       text,
  next_at      timestamptz                                 -- when the rate has room again: GCRA's theoretical arrival time
);
ALTER TABLE source_sending ENABLE ROW LEVEL SECURITY;
ALTER TABLE source_sending FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON source_sending USING (clinic_id = (SELECT current_clinic()));
CREATE POLICY every_line ON source_sending TO prosa_worker USING (true);
GRANT SELECT, INSERT, UPDATE ON source_sending TO prosa_worker;
GRANT SELECT ON source_sending TO prosa_api;

-- What waits to leave, source by source, so that a paused one costs a claim one look whatever waits behind it. Signals
-- (typing, read) have a negative priority and are claimed by themselves.
CREATE INDEX idx_message_queue_outgoing ON message_queue (source_id, priority DESC, created_at, id)
  WHERE ordering_key IS NOT NULL AND status IN ('pending', 'retrying') AND scheduled_at IS NULL;

-- An agent's retry takes the message back from the dead letters.
GRANT UPDATE (state, history, updated_at) ON failed_messages TO prosa_api;
