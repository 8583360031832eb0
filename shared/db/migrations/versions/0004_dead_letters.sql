-- What an operator needs to understand a dead letter, and to have it worked again without losing or doubling anything.

-- The last entries of a list that would otherwise grow.
CREATE FUNCTION append_bounded(entries jsonb, added jsonb, keep integer DEFAULT 20) RETURNS jsonb
  LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(jsonb_agg(entry ORDER BY place), '[]') FROM (
    SELECT entry, place FROM jsonb_array_elements(coalesce(entries, '[]') || coalesce(added, '[]'))
      WITH ORDINALITY AS list (entry, place)
    ORDER BY place DESC LIMIT keep
  ) AS last
$$;

ALTER TABLE message_queue
  ADD COLUMN locked_by text,                               -- the worker that holds it, or held it last
  ADD COLUMN killed jsonb;                                 -- an operator wants it among the dead: by whom, and why
CREATE INDEX idx_message_queue_killed ON message_queue (created_at) WHERE killed IS NOT NULL;

ALTER TABLE failed_messages
  ADD COLUMN reason text NOT NULL DEFAULT 'bug' CHECK (reason IN ('validation', 'unknown_instance', 'unreadable', 'poison',
    'exhausted', 'refused', 'unknown_outcome', 'undeliverable', 'bug')),
  ADD COLUMN fingerprint text NOT NULL DEFAULT '',
  ADD COLUMN source_kind text,                             -- as they were: a dead letter outlives its source
  ADD COLUMN source_name text,
  ADD COLUMN provider_id text,
  ADD COLUMN conversation_ref text,                        -- however the event names it: our id, an outer one, an address
  ADD COLUMN ordering_key text,
  ADD COLUMN headers jsonb NOT NULL DEFAULT '{}',
  ADD COLUMN attempts jsonb NOT NULL DEFAULT '[]',
  ADD COLUMN payload_size integer NOT NULL DEFAULT 0,
  ADD COLUMN payload_sha256 text,
  ADD COLUMN code_version text,
  ADD COLUMN first_seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  ADD COLUMN dead_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  ADD COLUMN expires_at timestamptz,                       -- null: not dated yet, or not to be deleted
  ADD COLUMN version integer NOT NULL DEFAULT 1,
  ADD COLUMN edited_payload jsonb,
  ADD COLUMN replay_mode text CHECK (replay_mode IN ('event', 'raw')),
  ADD COLUMN release_due boolean NOT NULL DEFAULT false,   -- to be put back into the queue by a worker
  ADD COLUMN replayed_by text,
  ADD COLUMN replayed_at timestamptz,
  ADD COLUMN replay_id bigint;

-- The owner of the tables may be no superuser, and sees rows of every clinic only while the policies do not hold for him.
ALTER TABLE failed_messages NO FORCE ROW LEVEL SECURITY;
ALTER TABLE sources NO FORCE ROW LEVEL SECURITY;
ALTER TABLE clinics NO FORCE ROW LEVEL SECURITY;
-- Rows of before. The fingerprint is the one that services/queue_worker/dead_letters.py gives (a test compares them).
UPDATE failed_messages f SET
  reason = CASE
    WHEN error_message LIKE '%every worker that handled this message died%' THEN 'poison'
    WHEN error_message LIKE '%not known whether the patient got this message%' THEN 'unknown_outcome'
    WHEN message_type LIKE 'send.%' AND error_class = 'permanent' THEN 'refused'
    WHEN clinic_id IS NULL THEN 'undeliverable'
    WHEN error_message LIKE '%clinic or source does not exist%' OR error_message LIKE '%instance does not belong%'
      OR error_message LIKE '%names no source%' OR error_message LIKE '%names no clinic%' THEN 'unknown_instance'
    WHEN payload IS NULL THEN 'unreadable'
    WHEN error_class = 'permanent' THEN 'validation'
    ELSE 'exhausted' END,
  fingerprint = left(encode(sha256(convert_to(
    message_type || chr(10) || error_class || chr(10) || regexp_replace(error_message, '[^ ]*[0-9][^ ]*', '#', 'g'), 'UTF8')),
    'hex'), 16),
  source_kind = (SELECT s.kind FROM sources s WHERE s.id = f.source_id),
  source_name = (SELECT s.name FROM sources s WHERE s.id = f.source_id),
  provider_id = left(coalesce(payload #>> '{data,key,id}', payload #>> '{data,keyId}', payload ->> 'external_id'), 255),
  conversation_ref = left(coalesce(payload #>> '{data,key,remoteJid}', payload #>> '{data,remoteJid}',
    payload ->> 'conversation_id', payload ->> 'phone'), 255),
  ordering_key = CASE WHEN message_type LIKE 'send.%' THEN 'conversation:' || (payload ->> 'conversation_id') END,
  payload_size = octet_length(coalesce(raw, convert_to(payload::text, 'UTF8'), '')),
  payload_sha256 = encode(sha256(coalesce(raw, convert_to(payload::text, 'UTF8'), '')), 'hex'),
  first_seen_at = created_at,
  dead_at = created_at;

CREATE INDEX idx_failed_messages_list ON failed_messages (clinic_id, id DESC);
CREATE INDEX idx_failed_messages_fingerprint ON failed_messages (clinic_id, fingerprint, state, id DESC);
CREATE INDEX idx_failed_messages_provider_id ON failed_messages (clinic_id, provider_id) WHERE provider_id IS NOT NULL;
CREATE INDEX idx_failed_messages_conversation ON failed_messages (clinic_id, conversation_ref) WHERE conversation_ref IS NOT NULL;
CREATE INDEX idx_failed_messages_correlation ON failed_messages (clinic_id, correlation_id);
CREATE INDEX idx_failed_messages_release ON failed_messages (first_seen_at, id) WHERE release_due;
CREATE INDEX idx_failed_messages_undated ON failed_messages (id) WHERE expires_at IS NULL AND state <> 'replaying';
CREATE INDEX idx_failed_messages_expiry ON failed_messages (expires_at) WHERE expires_at IS NOT NULL;
-- What the summary groups and counts by, without the payloads that stand beside it.
CREATE INDEX idx_failed_messages_summary ON failed_messages (clinic_id, state)
  INCLUDE (id, fingerprint, message_type, reason, source_name, dead_at);

-- Dead letters of one kind, and what people have decided about them.
CREATE TABLE dead_letter_issues (
  clinic_id      bigint NOT NULL REFERENCES clinics (id),
  fingerprint    text NOT NULL,
  state          text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'acknowledged', 'muted', 'resolved')),
  message_type   text NOT NULL,
  error_message  text NOT NULL,
  link           text,
  note           text,
  discard_until  timestamptz,                              -- new ones are discarded by themselves until then
  first_seen_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_seen_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  changed_by     text,
  changed_at     timestamptz,
  PRIMARY KEY (clinic_id, fingerprint)
);
INSERT INTO dead_letter_issues (clinic_id, fingerprint, message_type, error_message, first_seen_at, last_seen_at)
SELECT clinic_id, fingerprint, min(message_type), min(error_message), min(dead_at), max(dead_at)
FROM failed_messages WHERE clinic_id IN (SELECT id FROM clinics) GROUP BY clinic_id, fingerprint;
ALTER TABLE failed_messages FORCE ROW LEVEL SECURITY;
ALTER TABLE sources FORCE ROW LEVEL SECURITY;
ALTER TABLE clinics FORCE ROW LEVEL SECURITY;

-- Many dead letters worked again, at a rate. What belongs to a replay is frozen when it is made.
CREATE TABLE replays (
  id                 bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  clinic_id          bigint NOT NULL REFERENCES clinics (id),
  state              text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'paused', 'cancelled', 'stopped', 'done')),
  created_by         text NOT NULL,
  created_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
  start_at           timestamptz NOT NULL DEFAULT clock_timestamp(),
  started_at         timestamptz,
  finished_at        timestamptz,
  last_release_at    timestamptz,
  total              integer NOT NULL DEFAULT 0,
  rate               real NOT NULL CHECK (rate > 0),       -- a second
  max_failures       integer NOT NULL CHECK (max_failures > 0),
  accept_duplicates  boolean NOT NULL DEFAULT false,       -- also sends that may have arrived
  filter             jsonb
);
CREATE INDEX idx_replays_running ON replays (last_release_at NULLS FIRST, id) WHERE state = 'running';
CREATE INDEX idx_replays_clinic ON replays (clinic_id, id DESC);
CREATE INDEX idx_replays_finished ON replays (finished_at) WHERE finished_at IS NOT NULL;

CREATE TABLE replay_items (
  replay_id  bigint NOT NULL REFERENCES replays (id),
  position   integer NOT NULL,                             -- oldest first
  clinic_id  bigint NOT NULL,
  failed_id  bigint NOT NULL,                              -- no reference: its dead letter may be gone by its turn
  state      text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'released', 'succeeded', 'failed', 'skipped')),
  PRIMARY KEY (replay_id, position)
);
CREATE INDEX idx_replay_items_state ON replay_items (replay_id, state, position);
CREATE INDEX idx_replay_items_released ON replay_items (failed_id) WHERE state = 'released';

-- What is not to be worked for now. Claims ask this table, so nothing slips through; where source_id is null, the whole clinic.
CREATE TABLE queue_pauses (
  clinic_id  bigint NOT NULL REFERENCES clinics (id),
  source_id  bigint REFERENCES sources (id),
  kind       text NOT NULL CHECK (kind IN ('events', 'sends')),
  reason     text NOT NULL,
  paused_by  text NOT NULL,
  paused_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
-- Not one that a claim would search: the few rows that there are, are read faster.
CREATE UNIQUE INDEX idx_queue_pauses ON queue_pauses (clinic_id, coalesce(source_id, 0), left(kind, 1));

CREATE FUNCTION is_paused(clinic bigint, source bigint, what text) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT 1 FROM queue_pauses p
    WHERE p.clinic_id = clinic AND (p.source_id IS NULL OR p.source_id = source) AND p.kind = what)
$$;

-- The documents' claim, as it was but for pauses.
CREATE OR REPLACE FUNCTION get_next_queue_message()
  RETURNS TABLE (id uuid, correlation_id uuid, message_type text, payload jsonb, retry_count integer)
  LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM promote_scheduled_messages();
  RETURN QUERY
  UPDATE message_queue q
  SET status = 'processing', processed_at = clock_timestamp(), retry_count = q.retry_count + 1, claims = q.claims + 1,
      locked_until = clock_timestamp() + interval '30 seconds'
  WHERE q.id = coalesce(
    (SELECT mq.id FROM message_queue mq
     WHERE mq.status IN ('pending', 'retrying') AND mq.scheduled_at IS NULL AND mq.ordering_key IS NULL AND NOT mq.suspect
       AND NOT is_paused(mq.clinic_id, mq.source_id, 'events')
     ORDER BY mq.priority DESC, mq.created_at, mq.id FOR UPDATE SKIP LOCKED LIMIT 1),
    (SELECT mq.id FROM message_queue mq
     WHERE mq.status IN ('pending', 'retrying') AND mq.scheduled_at IS NULL AND mq.ordering_key IS NULL AND mq.suspect
       AND NOT is_paused(mq.clinic_id, mq.source_id, 'events')
     ORDER BY mq.claims, mq.created_at, mq.id FOR UPDATE SKIP LOCKED LIMIT 1)
  )
  RETURNING q.id, q.correlation_id, q.message_type, q.payload, q.retry_count;
END $$;

DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['dead_letter_issues', 'replays', 'replay_items', 'queue_pauses'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant ON %I USING (clinic_id = (SELECT current_clinic()))', name);
    EXECUTE format('CREATE POLICY every_row ON %I TO prosa_worker USING (true)', name);
  END LOOP;
END $$;

GRANT DELETE ON failed_messages TO prosa_worker;
GRANT SELECT, INSERT, UPDATE ON dead_letter_issues TO prosa_worker;
GRANT SELECT, UPDATE, DELETE ON replays, replay_items TO prosa_worker;
GRANT SELECT ON queue_pauses TO prosa_worker;

GRANT UPDATE (state, version, history, updated_at, expires_at, edited_payload, replay_mode, release_due, replayed_by,
  replayed_at, replay_id) ON failed_messages TO prosa_api;
GRANT UPDATE (scheduled_at, killed) ON message_queue TO prosa_api;
GRANT SELECT, INSERT ON dead_letter_issues, replays, replay_items TO prosa_api;
GRANT UPDATE (state, link, note, discard_until, changed_by, changed_at) ON dead_letter_issues TO prosa_api;
GRANT UPDATE (state, finished_at) ON replays TO prosa_api;
GRANT SELECT, INSERT, DELETE ON queue_pauses TO prosa_api;
GRANT SELECT ON audit_log TO prosa_api;
GRANT SELECT (clinic_id, source_id, received_at) ON webhook_events TO prosa_api;
