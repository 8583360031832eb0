-- The audit log as a chain, one a clinic -----------------------------------------------------------------------------
-- Each entry of audit_log has a link in audit_chain. A link has the digests of its entry, the hash of the link before and its
-- own, so that an entry that is altered, removed or put between others is found (`prosa audit verify`). The links stand beside
-- the entries and not in them, so that entries need never be written twice, and so that the few that may go (who read what,
-- after its time; what an erased person was called) leave a link by which the others are still proved.
CREATE TABLE audit_chain (
  clinic_id      bigint NOT NULL,
  sequence       bigint NOT NULL,
  entry_id       bigint NOT NULL UNIQUE,                   -- no reference: its entry may go before it
  kind           text NOT NULL CHECK (kind IN ('entry', 'read')),
  data_digest    bytea NOT NULL,
  entry_digest   bytea NOT NULL,
  previous_hash  bytea NOT NULL,
  hash           bytea NOT NULL,
  PRIMARY KEY (clinic_id, sequence)
);
ALTER TABLE audit_chain ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_chain FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON audit_chain USING (clinic_id = (SELECT current_clinic()));

-- The only role that writes links, and the only one that takes anything out of the log: by the functions below, which are
-- its own. Nobody signs in as it.
DO $$
BEGIN
  BEGIN
    CREATE ROLE prosa_audit NOLOGIN NOBYPASSRLS;
  EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
  END;
  IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
    EXECUTE format('GRANT prosa_audit TO %I', current_user);
  END IF;
END $$;
CREATE POLICY every_link ON audit_chain TO prosa_audit USING (true);
CREATE POLICY every_entry ON audit_log TO prosa_audit USING (true);
GRANT SELECT, INSERT ON audit_chain TO prosa_audit;
GRANT SELECT, INSERT, UPDATE (data), DELETE ON audit_log TO prosa_audit;

-- Fields of which none can run into the next: each one's length in bytes, and itself. (In plpgsql, which a call of takes a
-- hundredth of the time of one in SQL.)
CREATE FUNCTION audit_fields(VARIADIC fields text[]) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  field text;
  written text := '';
BEGIN
  FOREACH field IN ARRAY fields LOOP
    written := written || coalesce(octet_length(field) || ':' || field, '-') || ',';
  END LOOP;
  RETURN written;
END $$;

CREATE FUNCTION link_audit_entry(entry audit_log) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  previous audit_chain;
  next_sequence bigint;
  what text := CASE WHEN entry.action = 'conversation.read' THEN 'read' ELSE 'entry' END;
  of_data bytea := sha256(convert_to(entry.data::text, 'UTF8'));
  of_entry bytea := sha256(convert_to(audit_fields(entry.clinic_id::text, entry.id::text, entry.actor_user_id::text,
    entry.action, entry.subject_type, entry.subject_id, ((extract(epoch FROM entry.created_at) * 1000000)::bigint)::text,
    encode(of_data, 'hex')), 'UTF8'));
BEGIN
  SELECT * INTO previous FROM audit_chain c WHERE c.clinic_id = entry.clinic_id ORDER BY c.sequence DESC LIMIT 1;
  next_sequence := coalesce(previous.sequence, 0) + 1;
  previous.hash := coalesce(previous.hash, sha256(convert_to('prosa audit ' || entry.clinic_id, 'UTF8')));
  INSERT INTO audit_chain (clinic_id, sequence, entry_id, kind, data_digest, entry_digest, previous_hash, hash)
  VALUES (entry.clinic_id, next_sequence, entry.id, what, of_data, of_entry, previous.hash,
    sha256(previous.hash || convert_to(audit_fields(next_sequence::text, what), 'UTF8') || of_entry));
END $$;

-- Nobody writes meanwhile, so that no entry is left between those that are linked here and those the trigger links.
LOCK TABLE audit_log IN SHARE ROW EXCLUSIVE MODE;
-- The owner of the tables may be no superuser, and sees rows of every clinic only while the policies do not hold for him.
ALTER TABLE audit_log NO FORCE ROW LEVEL SECURITY;
ALTER TABLE audit_chain NO FORCE ROW LEVEL SECURITY;
DO $$
DECLARE entry audit_log;
BEGIN
  FOR entry IN SELECT * FROM audit_log ORDER BY clinic_id, id LOOP
    PERFORM link_audit_entry(entry);
  END LOOP;
END $$;
ALTER TABLE audit_log FORCE ROW LEVEL SECURITY;
ALTER TABLE audit_chain FORCE ROW LEVEL SECURITY;

CREATE FUNCTION link_new_audit_entry() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  -- One transaction of a clinic at a time, until its commit: the next one reads what this one has linked.
  PERFORM pg_advisory_xact_lock(hashtextextended('prosa audit ' || NEW.clinic_id, 0));
  PERFORM link_audit_entry(NEW);
  RETURN NULL;
END $$;
-- At the commit and not at the insert, wherever in a transaction that is: the chain is the last thing that a transaction
-- waits for, so none holds it while it waits for a conversation that another one holds, nor longer than its commit takes.
CREATE CONSTRAINT TRIGGER audit_log_chain AFTER INSERT ON audit_log DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION link_new_audit_entry();

CREATE OR REPLACE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_TABLE_NAME = 'audit_log' AND TG_OP <> 'TRUNCATE' AND current_user = 'prosa_audit' THEN
    RETURN NULL;  -- by one of its functions, which says in the log what it takes out of it
  END IF;
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $$;
CREATE TRIGGER audit_chain_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_chain
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
GRANT CREATE ON SCHEMA public TO prosa_audit;
ALTER FUNCTION link_new_audit_entry() OWNER TO prosa_audit;
REVOKE CREATE ON SCHEMA public FROM prosa_audit;
REVOKE ALL ON FUNCTION link_new_audit_entry() FROM PUBLIC;

-- What an erased person was called goes out of the entries' data: of everything that was done to what is in `subjects` (type
-- and id), and of whatever has one of the patterns in it. A stretch of the clinic's log a call, after an entry's id.
CREATE FUNCTION redact_audit(erasure bigint, subjects text[], patterns text[], after_id bigint, most integer)
  RETURNS TABLE (last_id bigint, redacted bigint)
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH stretch AS MATERIALIZED (
    SELECT a.id, a.action, a.subject_type || ':' || a.subject_id AS subject, a.data FROM audit_log a
    WHERE a.clinic_id = current_clinic() AND a.id > after_id ORDER BY a.id LIMIT most
  ), named AS (
    SELECT s.id FROM stretch s
    WHERE s.data <> '{}' AND NOT (s.data ? 'erased' OR s.data ? 'erasure') AND s.action <> 'contact.merged'
      AND (s.subject = ANY (subjects) OR s.data::text LIKE ANY (patterns))
  ), done AS (
    UPDATE audit_log a SET data = jsonb_build_object('erased', erasure) FROM named n WHERE a.id = n.id RETURNING 1
  )
  SELECT (SELECT max(id) FROM stretch), (SELECT count(*) FROM done)
$$;

-- The same of everything that was done to some things of one kind.
CREATE FUNCTION redact_audit_of(erasure bigint, kind text, ids text[]) RETURNS bigint
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH done AS (
    UPDATE audit_log a SET data = jsonb_build_object('erased', erasure)
    WHERE a.clinic_id = current_clinic() AND a.subject_type = kind AND a.subject_id = ANY (ids)
      AND a.data <> '{}' AND NOT (a.data ? 'erased' OR a.data ? 'erasure') RETURNING 1
  )
  SELECT count(*) FROM done
$$;

-- Who looked at what goes after its time, a bounded number a call, and the log says how many and up to which link.
CREATE FUNCTION expire_reads(before timestamptz, most integer) RETURNS bigint
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  gone bigint[];
BEGIN
  WITH old AS MATERIALIZED (
    SELECT a.id FROM audit_log a
    WHERE a.clinic_id = current_clinic() AND a.action = 'conversation.read' AND a.created_at < before
    ORDER BY a.created_at LIMIT most
  ), removed AS (
    DELETE FROM audit_log a USING old o WHERE a.id = o.id RETURNING a.id
  )
  SELECT array_agg(id) INTO gone FROM removed;
  IF gone IS NOT NULL THEN
    INSERT INTO audit_log (clinic_id, action, subject_type, subject_id, data)
    SELECT current_clinic(), 'audit.reads_expired', 'clinic', current_clinic()::text,
      jsonb_build_object('count', cardinality(gone), 'through', max(c.sequence), 'before', before)
    FROM audit_chain c WHERE c.clinic_id = current_clinic() AND c.entry_id = ANY (gone);
  END IF;
  RETURN coalesce(cardinality(gone), 0);
END $$;
CREATE INDEX idx_audit_log_reads ON audit_log (clinic_id, created_at) WHERE action = 'conversation.read';
GRANT CREATE ON SCHEMA public TO prosa_audit;
ALTER FUNCTION redact_audit(bigint, text[], text[], bigint, integer) OWNER TO prosa_audit;
ALTER FUNCTION redact_audit_of(bigint, text, text[]) OWNER TO prosa_audit;
ALTER FUNCTION expire_reads(timestamptz, integer) OWNER TO prosa_audit;
REVOKE CREATE ON SCHEMA public FROM prosa_audit;
REVOKE ALL ON FUNCTION redact_audit(bigint, text[], text[], bigint, integer), redact_audit_of(bigint, text, text[]),
  expire_reads(timestamptz, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION redact_audit(bigint, text[], text[], bigint, integer), redact_audit_of(bigint, text, text[]),
  expire_reads(timestamptz, integer) TO prosa_worker;

-- Persons: held, or erased --------------------------------------------------------------------------------------------
ALTER TABLE contacts
  ADD COLUMN held_at timestamptz,                          -- a legal hold: nothing of this person may be deleted
  ADD COLUMN held_by text,
  ADD COLUMN hold_reason text;

-- One erasure, in steps. `scope` says whom it is about and is gone when it is done; what stays names nobody.
CREATE TABLE erasures (
  id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  clinic_id      bigint NOT NULL REFERENCES clinics (id),
  contact_id     bigint NOT NULL,                          -- no reference: it is gone afterwards
  state          text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'held', 'done')),
  step           text NOT NULL DEFAULT 'messages',
  position       text,                                     -- how far the step got
  scope          jsonb,
  counts         jsonb NOT NULL DEFAULT '{}',
  person_hashes  text[] NOT NULL DEFAULT '{}',             -- of addresses, keyed: whether one was erased, to whoever has the key
  reason         text NOT NULL,
  requested_by   bigint NOT NULL REFERENCES users (id),
  created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  finished_at    timestamptz,
  CHECK ((state = 'done') = (scope IS NULL))
);
CREATE UNIQUE INDEX idx_erasures_unfinished ON erasures (clinic_id, contact_id) WHERE state <> 'done';
CREATE INDEX idx_erasures_running ON erasures (updated_at) WHERE state <> 'done';
CREATE INDEX idx_erasures_clinic ON erasures (clinic_id, id DESC);
ALTER TABLE erasures ENABLE ROW LEVEL SECURITY;
ALTER TABLE erasures FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON erasures USING (clinic_id = (SELECT current_clinic()));
CREATE POLICY every_erasure ON erasures TO prosa_worker USING (true);
GRANT SELECT, INSERT ON erasures TO prosa_api;
GRANT SELECT, UPDATE ON erasures TO prosa_worker;

-- Whoever is to be erased loses their addresses at once: who writes from one of them afterwards is somebody new.
GRANT DELETE ON contact_identities, conversation_merges TO prosa_api;
-- The API sees no payloads of kept events but those of one person, for their export: the condition is the one of
-- shared/privacy/places.py. As the worker, because only it has read them until now; of the transaction's clinic alone.
-- A stretch of the clinic's events a call, each with nothing where it is not the person's.
CREATE FUNCTION kept_events_of(names text[], phones text[], patterns text[], after_id uuid, most integer)
  RETURNS TABLE (id uuid, event jsonb)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH stretch AS MATERIALIZED (
    SELECT e.* FROM webhook_events e WHERE e.clinic_id = current_clinic() AND e.id > after_id ORDER BY e.id LIMIT most
  )
  SELECT e.id, CASE WHEN e.payload IS NOT NULL AND (
      name = ANY (names)
      OR EXISTS (SELECT FROM sources s
        WHERE s.clinic_id = e.clinic_id AND s.id = e.source_id AND s.name || ':' || name = ANY (names))
      OR regexp_replace(coalesce(e.payload ->> 'phone', e.payload #>> '{body,phone}', ''), '[^0-9]', '', 'g') LIKE ANY (phones)
      OR e.payload::text LIKE ANY (patterns))
    THEN jsonb_build_object('id', e.id, 'event_type', e.event_type, 'payload', e.payload, 'received_at', e.received_at) END
  FROM stretch e, coalesce(e.payload ->> 'conversation_id', e.payload #>> '{body,conversation_id}') AS name
  ORDER BY e.id
$$;
GRANT CREATE ON SCHEMA public TO prosa_worker;
ALTER FUNCTION kept_events_of(text[], text[], text[], uuid, integer) OWNER TO prosa_worker;
REVOKE CREATE ON SCHEMA public FROM prosa_worker;
REVOKE ALL ON FUNCTION kept_events_of(text[], text[], text[], uuid, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION kept_events_of(text[], text[], text[], uuid, integer) TO prosa_api;
GRANT DELETE ON contact_identities, conversation_merges, conversation_actions TO prosa_worker;
-- Whose histories may have told of them.
GRANT SELECT (id, clinic_id) ON users TO prosa_worker;

-- What a clinic deletes by itself; of which class there is no rule, everything is kept ---------------------------------
CREATE TABLE retention_rules (
  clinic_id  bigint NOT NULL REFERENCES clinics (id),
  class      text NOT NULL CHECK (class IN ('messages', 'media', 'dead_letters', 'reads')),
  days       integer NOT NULL CHECK (days >= 1),
  set_by     text NOT NULL,
  set_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (clinic_id, class)
);
ALTER TABLE retention_rules ENABLE ROW LEVEL SECURITY;
ALTER TABLE retention_rules FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON retention_rules USING (clinic_id = (SELECT current_clinic()));
CREATE POLICY every_rule ON retention_rules FOR SELECT TO prosa_worker USING (true);
GRANT SELECT ON retention_rules TO prosa_worker;
