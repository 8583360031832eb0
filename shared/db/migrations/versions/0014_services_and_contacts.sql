-- A service has a row among the users, so that what it does has an author as what people do. It cannot sign in.
ALTER TABLE users ADD COLUMN kind text NOT NULL DEFAULT 'person' CHECK (kind IN ('person', 'service'));
GRANT SELECT (kind) ON users TO prosa_api;

CREATE OR REPLACE FUNCTION find_login(address text)
  RETURNS TABLE (user_id bigint, clinic_id bigint, name text, email text, role text, password_hash text)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT u.id, u.clinic_id, u.name, u.email, u.role, u.password_hash FROM users u
  WHERE lower(u.email) = lower(address) AND u.active AND u.kind = 'person'
$$;

-- A token is stored as what it hashes to. One that is replaced goes on until it expires.
CREATE TABLE service_tokens (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  clinic_id     bigint NOT NULL REFERENCES clinics (id),
  user_id       bigint NOT NULL REFERENCES users (id),     -- of kind service
  name          text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  token_hash    bytea NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
  prefix        text NOT NULL,                             -- how it begins, to tell tokens apart
  scopes        text[] NOT NULL CHECK (cardinality(scopes) > 0 AND scopes <@ ARRAY['conversations:read',
                'conversations:write', 'messages:send', 'actions:write', 'contacts:read', 'contacts:write', 'operations:read']),
  created_by    bigint REFERENCES users (id),              -- null: the command line
  created_at    timestamptz NOT NULL DEFAULT now(),
  expires_at    timestamptz,
  last_used_at  timestamptz,                               -- to the minute
  revoked_at    timestamptz,
  replaced_by   bigint REFERENCES service_tokens (id)
) WITH (fillfactor = 70);
CREATE INDEX idx_service_tokens_clinic ON service_tokens (clinic_id, id);
ALTER TABLE service_tokens ENABLE ROW LEVEL SECURITY;
ALTER TABLE service_tokens FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON service_tokens USING (clinic_id = (SELECT current_clinic()));

GRANT SELECT (id, clinic_id, user_id, name, prefix, scopes, created_by, created_at, expires_at, last_used_at, revoked_at,
  replaced_by), INSERT (clinic_id, user_id, name, token_hash, prefix, scopes, created_by, expires_at),
  UPDATE (expires_at, revoked_at, replaced_by) ON service_tokens TO prosa_api;

-- The functions below are this role's; nobody signs in as it. Of users it sees and writes services alone.
DO $$
BEGIN
  BEGIN
    CREATE ROLE prosa_services NOLOGIN NOBYPASSRLS;
  EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
  END;
  IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
    EXECUTE format('GRANT prosa_services TO %I', current_user);
  END IF;
END $$;
-- The tables' owner may be a member of it, and sees people all the same.
CREATE POLICY services_alone ON users AS RESTRICTIVE TO prosa_services
  USING (kind = 'service' OR current_user <> 'prosa_services');
CREATE POLICY every_service ON users FOR SELECT TO prosa_services USING (kind = 'service');
CREATE POLICY every_token ON service_tokens FOR SELECT TO prosa_services USING (true);
CREATE POLICY every_use ON service_tokens FOR UPDATE TO prosa_services USING (true);
GRANT SELECT (id, clinic_id, name, kind, active), INSERT (clinic_id, email, name, role, password_hash, kind), UPDATE (active)
  ON users TO prosa_services;
GRANT SELECT, UPDATE (last_used_at) ON service_tokens TO prosa_services;

-- Whom a token is for, asked before a tenant is known: it opens on one exact hash. That it was used is noted once a minute,
-- without waiting for whoever has it in hand.
CREATE FUNCTION find_service_token(hash bytea)
  RETURNS TABLE (token_id bigint, clinic_id bigint, user_id bigint, name text, scopes text[])
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH found AS MATERIALIZED (
    SELECT t.id, t.clinic_id, t.user_id, u.name, t.scopes
    FROM service_tokens t JOIN users u ON u.id = t.user_id AND u.clinic_id = t.clinic_id
    WHERE t.token_hash = hash AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > clock_timestamp())
      AND u.active AND u.kind = 'service'
  ), due AS MATERIALIZED (
    SELECT s.id FROM service_tokens s JOIN found f ON f.id = s.id
    WHERE s.last_used_at IS NULL OR s.last_used_at < clock_timestamp() - interval '1 minute'
    FOR NO KEY UPDATE OF s SKIP LOCKED
  ), noted AS (
    UPDATE service_tokens s SET last_used_at = clock_timestamp() FROM due d WHERE s.id = d.id
  )
  SELECT f.id, f.clinic_id, f.user_id, f.name, f.scopes FROM found f
$$;

-- Its address is nobody's, and nothing hashes to its password.
CREATE FUNCTION create_service(called text) RETURNS bigint
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  INSERT INTO users (clinic_id, email, name, role, password_hash, kind)
  VALUES (current_clinic(), gen_random_uuid() || '@service.invalid', called, 'agent', '!', 'service') RETURNING id
$$;

-- Nothing is given any more to a service that has no token left.
CREATE FUNCTION retire_service(service bigint) RETURNS void
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  UPDATE users u SET active = false
  WHERE u.clinic_id = current_clinic() AND u.id = service AND u.kind = 'service' AND u.active
    AND NOT EXISTS (SELECT FROM service_tokens t WHERE t.clinic_id = u.clinic_id AND t.user_id = u.id
      AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > clock_timestamp()))
$$;
GRANT CREATE ON SCHEMA public TO prosa_services;
ALTER FUNCTION find_service_token(bytea) OWNER TO prosa_services;
ALTER FUNCTION create_service(text) OWNER TO prosa_services;
ALTER FUNCTION retire_service(bigint) OWNER TO prosa_services;
REVOKE CREATE ON SCHEMA public FROM prosa_services;
REVOKE ALL ON FUNCTION find_service_token(bytea), create_service(text), retire_service(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_service_token(bytea), create_service(text), retire_service(bigint) TO prosa_api;

-- Contacts that people merge -----------------------------------------------------------------------------------------
-- What the worker's merges take, for those that are asked for. Nothing that something refers to can be deleted.
GRANT DELETE ON contacts, conversations TO prosa_api;
GRANT UPDATE (contact_id) ON contact_identities TO prosa_api;
GRANT UPDATE (conversation_id) ON conversation_actions TO prosa_api;
GRANT UPDATE (ordering_key) ON message_queue TO prosa_api;
GRANT INSERT, UPDATE (into_conversation_id) ON conversation_merges TO prosa_api;
-- Where a contact went.
CREATE INDEX idx_audit_log_merged ON audit_log (clinic_id, (data ->> 'contact')) WHERE action = 'contact.merged';
