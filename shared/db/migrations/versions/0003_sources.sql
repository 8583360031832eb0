-- What a source may send, how fast, how its webhooks are trusted, and what is known of its line to WhatsApp.
ALTER TABLE sources
  ADD COLUMN accepts text[] NOT NULL DEFAULT '{groups}'    -- beside people's own chats
    CHECK (accepts <@ ARRAY['groups', 'statuses', 'newsletters']),
  ADD COLUMN rate_per_second integer CHECK (rate_per_second > 0),        -- of webhooks; null: the receiver's default
  ADD COLUMN api_version text NOT NULL DEFAULT 'v2' CHECK (api_version IN ('v1', 'v2')),
  ADD COLUMN api_url text,                                 -- its Evolution server; null: EVOLUTION_API_URL
  ADD COLUMN sends_per_second real CHECK (sends_per_second > 0),         -- of replies; null: the worker's default
  ADD COLUMN state text NOT NULL DEFAULT 'unknown'
    CHECK (state IN ('unknown', 'created', 'pairing', 'connecting', 'open', 'closed', 'refused', 'logged_out', 'removed')),
  ADD COLUMN state_reason text,
  ADD COLUMN state_at timestamptz;

-- Every state a line has been in. One event, one entry.
CREATE TABLE source_states (
  event_id    uuid PRIMARY KEY,
  clinic_id   bigint NOT NULL,
  source_id   bigint NOT NULL REFERENCES sources (id),
  state       text NOT NULL,
  reason      text,
  "at"        timestamptz NOT NULL
);
CREATE INDEX idx_source_states_source ON source_states (source_id, "at" DESC);

-- When a source was last heard of, by event: silence is told from nothing to say by what else it sends.
CREATE TABLE source_activity (
  clinic_id    bigint NOT NULL,
  source_id    bigint NOT NULL REFERENCES sources (id),
  event_type   text NOT NULL,
  last_at      timestamptz NOT NULL,
  events       bigint NOT NULL,
  PRIMARY KEY (source_id, event_type)
);
-- Up to when an instance's messages were compared with what its Evolution server has, and when to compare them next.
ALTER TABLE sources ADD COLUMN compared_until timestamptz, ADD COLUMN compare_at timestamptz NOT NULL DEFAULT now();

-- Sealed with a key from the environment (shared/auth/seal.py): a copy of the database opens nothing. Several of one purpose
-- are valid at once while one replaces the other.
CREATE TABLE source_secrets (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  clinic_id   bigint NOT NULL,
  source_id   bigint NOT NULL REFERENCES sources (id),
  purpose     text NOT NULL CHECK (purpose IN ('evolution-jwt', 'standard-webhooks', 'api-key')),
  sealed      bytea NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now(),
  expires_at  timestamptz
);
CREATE INDEX idx_source_secrets_source ON source_secrets (source_id, purpose);

DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['source_states', 'source_activity', 'source_secrets'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant ON %I USING (clinic_id = (SELECT current_clinic()))', name);
  END LOOP;
END $$;
CREATE POLICY every_signing_secret ON source_secrets FOR SELECT TO prosa_receiver USING (purpose <> 'api-key');
CREATE POLICY every_api_key ON source_secrets FOR SELECT TO prosa_worker USING (purpose = 'api-key');
CREATE POLICY every_activity ON source_activity TO prosa_worker USING (true);

GRANT SELECT (rate_per_second) ON sources TO prosa_receiver;
GRANT SELECT ON source_secrets TO prosa_receiver, prosa_worker;
GRANT SELECT (accepts, api_version, api_url, sends_per_second, state, state_reason, state_at) ON sources TO prosa_worker, prosa_api;
GRANT SELECT (compared_until, compare_at), UPDATE (state, state_reason, state_at, compared_until, compare_at) ON sources
  TO prosa_worker;
GRANT SELECT, INSERT, UPDATE ON source_activity TO prosa_worker;
GRANT SELECT ON source_activity TO prosa_api;
GRANT SELECT, INSERT ON source_states TO prosa_worker;
GRANT SELECT ON source_states TO prosa_api;
