-- Where a clinic wants to be told what happens, for instance its n8n.
CREATE TABLE webhook_destinations (
  id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  clinic_id        bigint NOT NULL REFERENCES clinics (id),
  name             text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  url              text NOT NULL CHECK (length(url) BETWEEN 1 AND 2000),
  events           text[] NOT NULL
                   CHECK (events <@ ARRAY['message.created', 'conversation.updated', 'conversation.transferred']),
  enabled          boolean NOT NULL DEFAULT true,
  disabled_reason  text CHECK (disabled_reason IN ('user', 'gone')),    -- gone: it answered 410
  version          bigint NOT NULL DEFAULT 1,
  created_by       bigint REFERENCES users (id),
  created_at       timestamptz NOT NULL DEFAULT now(),
  updated_at       timestamptz NOT NULL DEFAULT now(),
  CHECK (enabled = (disabled_reason IS NULL))
);
-- Every transaction with an event looks here for who wants it.
CREATE INDEX idx_webhook_destinations_clinic ON webhook_destinations (clinic_id, id);

-- Sealed like sources' secrets. While one replaces another both sign.
CREATE TABLE webhook_destination_secrets (
  id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  clinic_id       bigint NOT NULL,
  destination_id  bigint NOT NULL REFERENCES webhook_destinations (id) ON DELETE CASCADE,
  sealed          bytea NOT NULL,
  created_at      timestamptz NOT NULL DEFAULT now(),
  expires_at      timestamptz
);
CREATE INDEX idx_webhook_destination_secrets ON webhook_destination_secrets (destination_id);

-- How a destination answers: whether it is given a rest (as a source's line is in source_sending), and what came of the last
-- delivery. Beside the destination, because it changes with each one.
CREATE TABLE webhook_destination_states (
  destination_id   bigint PRIMARY KEY REFERENCES webhook_destinations (id) ON DELETE CASCADE,
  clinic_id        bigint NOT NULL,
  failures         integer NOT NULL DEFAULT 0,             -- in a row; a success ends the row
  paused_at        timestamptz,                            -- null: no rest. Past paused_until one delivery tries it
  paused_until     timestamptz,
  reason           text,
  last_at          timestamptz,
  last_webhook_id  text,
  last_event       text,
  last_outcome     text,
  last_status      integer,                                -- HTTP's, where there was an answer
  last_success_at  timestamptz
) WITH (fillfactor = 50);

DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['webhook_destinations', 'webhook_destination_secrets', 'webhook_destination_states'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant ON %I USING (clinic_id = (SELECT current_clinic()))', name);
  END LOOP;
END $$;
-- Claims pass over whoever rests, before a tenant is known.
CREATE POLICY every_state ON webhook_destination_states TO prosa_worker USING (true);

GRANT SELECT, INSERT, DELETE ON webhook_destinations TO prosa_api;
GRANT UPDATE (name, url, events, enabled, disabled_reason, version, updated_at) ON webhook_destinations TO prosa_api;
GRANT SELECT (id, clinic_id, destination_id, created_at, expires_at), INSERT, UPDATE (expires_at)
  ON webhook_destination_secrets TO prosa_api;
GRANT SELECT ON webhook_destination_states TO prosa_api;
-- What was said to rest may be tried at once by whoever corrected it.
GRANT UPDATE (failures, paused_at, paused_until, reason) ON webhook_destination_states TO prosa_api;

GRANT SELECT ON webhook_destinations, webhook_destination_secrets TO prosa_worker;
GRANT UPDATE (enabled, disabled_reason, version, updated_at) ON webhook_destinations TO prosa_worker;
GRANT SELECT, INSERT, UPDATE ON webhook_destination_states TO prosa_worker;
-- That a destination is gone is the one thing that a worker decides by itself.
GRANT INSERT ON audit_log TO prosa_worker;

-- Deliveries are the rows of the queue with a lane (`destination:…`) and without a source: no other claim takes them. What
-- waits, destination by destination, so that one that rests costs a claim one look whatever waits behind it; and what is in
-- hand, so that a slow one does not take every hand.
CREATE INDEX idx_message_queue_deliveries ON message_queue (ordering_key, created_at, id)
  WHERE ordering_key IS NOT NULL AND source_id IS NULL AND status IN ('pending', 'retrying') AND scheduled_at IS NULL;
CREATE INDEX idx_message_queue_delivering ON message_queue (ordering_key)
  WHERE ordering_key IS NOT NULL AND source_id IS NULL AND status = 'processing';
