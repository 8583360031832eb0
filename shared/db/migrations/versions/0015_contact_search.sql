-- What an event makes stale beyond what its own words tell: keys of what the API keeps, dropped before anybody hears of it.
ALTER TABLE outbox ADD COLUMN stale text[];

-- Contacts by parts of their names and numbers -----------------------------------------------------------------------
-- Every stretch of one to three characters, without accents and capitals, each with its clinic: a small clinic never waits
-- for a large one's matches. What is looked for is found wherever in a name it stands, as agents are used to.
CREATE FUNCTION text_stretches(clinic_id bigint, value text) RETURNS text[]
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT array_agg(DISTINCT clinic_id || ':' || substr(whole.value, place, size))
  FROM (SELECT folded(left(value, 255)) AS value) whole, generate_series(1, 3) AS size,
    generate_series(1, length(whole.value) - size + 1) AS place
$$;

-- The longest stretches of what is looked for: a match has all of them.
CREATE FUNCTION needed_stretches(clinic_id bigint, parts text[]) RETURNS text[]
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT array_agg(DISTINCT clinic_id || ':' || substr(part.value, place, 3))
  FROM (SELECT folded(value) AS value FROM unnest(parts) AS p (value)) part,
    generate_series(1, greatest(length(part.value) - 2, 1)) AS place
$$;

CREATE INDEX idx_contacts_name_stretches ON contacts USING gin (text_stretches(clinic_id, name));
CREATE INDEX idx_contacts_phone_stretches ON contacts USING gin (text_stretches(clinic_id, phone));
CREATE INDEX idx_contact_identities_stretches ON contact_identities USING gin (text_stretches(clinic_id, value))
  WHERE kind = 'phone';

-- As with messages (0008): @> might leak, so row-level security lets it be looked up in no index. The same role, the same door.
CREATE POLICY every_contact ON contacts FOR SELECT TO prosa_search USING (true);
CREATE POLICY every_identity ON contact_identities FOR SELECT TO prosa_search USING (true);
GRANT SELECT (id, clinic_id, name, phone) ON contacts TO prosa_search;
GRANT SELECT (clinic_id, contact_id, kind, value) ON contact_identities TO prosa_search;

-- Contacts whose name has every one of `words`, or a number of theirs one of `phones`, the youngest first.
CREATE FUNCTION find_contacts(words text[], phones text[], before_id bigint, most integer) RETURNS TABLE (contact_id bigint)
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
  clinic bigint := current_clinic();
  named text[] := needed_stretches(clinic, words);
  folded_words text[] := ARRAY(SELECT folded(word) FROM unnest(words) AS w (word));
BEGIN
  IF clinic IS NULL OR named IS NULL THEN RETURN; END IF;
  RETURN QUERY
  SELECT found.id FROM (
    SELECT c.id FROM contacts c
    WHERE text_stretches(c.clinic_id, c.name) @> named AND c.clinic_id = clinic
      AND NOT EXISTS (SELECT FROM unnest(folded_words) AS w (word) WHERE strpos(folded(c.name), word) = 0)
    UNION
    SELECT c.id FROM unnest(phones) AS p (phone) JOIN contacts c
      ON text_stretches(c.clinic_id, c.phone) @> needed_stretches(clinic, ARRAY[p.phone])
    WHERE c.clinic_id = clinic AND strpos(c.phone, p.phone) > 0
    UNION
    SELECT i.contact_id FROM unnest(phones) AS p (phone) JOIN contact_identities i
      ON i.kind = 'phone' AND text_stretches(i.clinic_id, i.value) @> needed_stretches(clinic, ARRAY[p.phone])
    WHERE i.clinic_id = clinic AND strpos(i.value, p.phone) > 0
  ) AS found (id)
  WHERE before_id IS NULL OR found.id < before_id ORDER BY found.id DESC LIMIT most;
END $$;
GRANT CREATE ON SCHEMA public TO prosa_search;
ALTER FUNCTION find_contacts(text[], text[], bigint, integer) OWNER TO prosa_search;
REVOKE CREATE ON SCHEMA public FROM prosa_search;
REVOKE ALL ON FUNCTION find_contacts(text[], text[], bigint, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_contacts(text[], text[], bigint, integer) TO prosa_api;
