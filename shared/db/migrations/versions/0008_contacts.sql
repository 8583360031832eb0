-- Text as it is searched for: without accents and capitals, however they are encoded. With translate(), because unaccent
-- is an extension that not every server has, and is not immutable.
CREATE OR REPLACE FUNCTION folded(value text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN translate(lower(normalize(value)),
    'áàâãäåéèêëíìîïóòôõöúùûüçñýÿÁÀÂÃÄÅÉÈÊËÍÌÎÏÓÒÔÕÖÚÙÛÜÇÑÝ',
    'aaaaaaeeeeiiiiooooouuuucnyyaaaaaaeeeeiiiiooooouuuucny');

-- A default that is a constant is not written into the rows that are there.
ALTER TABLE contacts ADD COLUMN version bigint NOT NULL DEFAULT 1;

-- Counted here, because workers change contacts too, also those that were started before there were versions.
CREATE FUNCTION count_contact_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.version := OLD.version + 1;
  RETURN NEW;
END $$;
CREATE TRIGGER contacts_version BEFORE UPDATE ON contacts FOR EACH ROW
  WHEN ((OLD.name, OLD.phone, OLD.email, OLD.status) IS DISTINCT FROM (NEW.name, NEW.phone, NEW.email, NEW.status))
  EXECUTE FUNCTION count_contact_version();

-- Messages by their words ------------------------------------------------------------------------------------------
-- The clinic is one of the words (# begins none that people write): a small clinic never waits for a large one's matches.
CREATE OR REPLACE FUNCTION message_words(clinic_id bigint, content text) RETURNS tsvector
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN to_tsvector('portuguese', folded(left(content, 65536))) || array_to_tsvector(ARRAY['#' || clinic_id]);

-- Built here it keeps writers waiting; where there are many messages it is built before, concurrently: docs/operations.md.
CREATE INDEX IF NOT EXISTS idx_messages_words ON messages USING gin (message_words(clinic_id, content))
  WHERE deleted_at IS NULL;

-- Row-level security lets no condition that might leak (@@ might) be looked up in an index. This is the one door past it:
-- its owner sees every message and can do nothing else, and the clinic is the transaction's own, whoever asks.
DO $$
BEGIN
  BEGIN
    CREATE ROLE prosa_search NOLOGIN NOBYPASSRLS;
  EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
  END;
  IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
    EXECUTE format('GRANT prosa_search TO %I', current_user);
  END IF;
END $$;
CREATE POLICY every_message ON messages FOR SELECT TO prosa_search USING (true);
GRANT SELECT (id, clinic_id, conversation_id, content, "timestamp", deleted_at) ON messages TO prosa_search;

CREATE FUNCTION find_messages(
  query text, conversation bigint, since timestamptz, until timestamptz, before_at timestamptz, before_id bigint, most integer
) RETURNS TABLE (message_id bigint)
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
  clinic bigint := current_clinic();
  words tsquery := websearch_to_tsquery('portuguese', folded(query));
BEGIN
  IF clinic IS NULL OR numnode(words) = 0 THEN RETURN; END IF;
  words := words && format('%L', '#' || clinic)::tsquery;
  RETURN QUERY
  SELECT m.id FROM messages m
  WHERE message_words(m.clinic_id, m.content) @@ words AND m.clinic_id = clinic AND m.deleted_at IS NULL
    AND (conversation IS NULL OR m.conversation_id = conversation)
    AND (since IS NULL OR m."timestamp" >= since) AND (until IS NULL OR m."timestamp" < until)
    AND (before_at IS NULL OR (m."timestamp", m.id) < (before_at, before_id))
  ORDER BY m."timestamp" DESC, m.id DESC LIMIT most;
END $$;
GRANT CREATE ON SCHEMA public TO prosa_search;
ALTER FUNCTION find_messages(text, bigint, timestamptz, timestamptz, timestamptz, bigint, integer) OWNER TO prosa_search;
REVOKE CREATE ON SCHEMA public FROM prosa_search;
REVOKE ALL ON FUNCTION find_messages(text, bigint, timestamptz, timestamptz, timestamptz, bigint, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_messages(text, bigint, timestamptz, timestamptz, timestamptz, bigint, integer) TO prosa_api;
