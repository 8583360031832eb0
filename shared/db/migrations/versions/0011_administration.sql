-- What an admin decides about a source, counted: whoever changes it says which version they have seen. What workers learn of
-- its line does not count.
ALTER TABLE sources
  ADD COLUMN version bigint NOT NULL DEFAULT 1,
  -- Evolution is spoken to with the source's own key or not at all: an admin chose the instance's name or server, and the
  -- installation's key opens every instance.
  ADD COLUMN own_key_only boolean NOT NULL DEFAULT false;

CREATE FUNCTION count_source_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.version := OLD.version + 1;
  RETURN NEW;
END $$;
CREATE TRIGGER sources_version BEFORE UPDATE ON sources FOR EACH ROW
  WHEN ((OLD.name, OLD.active, OLD.accepts, OLD.rate_per_second, OLD.sends_per_second, OLD.api_version, OLD.api_url,
         OLD.token_hash)
    IS DISTINCT FROM (NEW.name, NEW.active, NEW.accepts, NEW.rate_per_second, NEW.sends_per_second, NEW.api_version,
         NEW.api_url, NEW.token_hash))
  EXECUTE FUNCTION count_source_version();

-- Tokens that were replaced, and until when they go on: senders are told of the new one meanwhile, and repeat what they
-- sent to the old one. Several, because a second change must not end what the first one left.
CREATE TABLE source_former_tokens (
  token_hash  bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),
  clinic_id   bigint NOT NULL,
  source_id   bigint NOT NULL REFERENCES sources (id),
  expires_at  timestamptz NOT NULL
);
CREATE INDEX idx_source_former_tokens_source ON source_former_tokens (source_id);
ALTER TABLE source_former_tokens ENABLE ROW LEVEL SECURITY;
ALTER TABLE source_former_tokens FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON source_former_tokens USING (clinic_id = (SELECT current_clinic()));
CREATE POLICY every_former_token ON source_former_tokens FOR SELECT TO prosa_receiver USING (true);
GRANT SELECT ON source_former_tokens TO prosa_receiver;
GRANT SELECT, INSERT, DELETE, UPDATE (expires_at) ON source_former_tokens TO prosa_api;

GRANT SELECT (id, clinic_id, source_id, purpose, sealed, expires_at), INSERT (clinic_id, source_id, purpose, sealed),
  UPDATE (expires_at) ON source_secrets TO prosa_api;

GRANT SELECT (own_key_only) ON sources TO prosa_worker;
GRANT SELECT (version, own_key_only, rate_per_second, token_hash), INSERT (clinic_id, kind, name, token_hash),
  UPDATE (name, active, accepts, rate_per_second, sends_per_second, api_version, api_url, own_key_only, token_hash)
  ON sources TO prosa_api;
