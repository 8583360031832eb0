-- What an event makes stale beyond what its own words tell: keys of what the API keeps, dropped before anybody hears of it.
ALTER TABLE outbox ADD COLUMN stale text[];

-- Contacts by parts of their names and numbers -----------------------------------------------------------------------
-- Every character and every three in a row, without accents and capitals, each with its clinic: a small clinic never waits
-- for a large one's matches. What is looked for is found wherever in a name it stands, as agents are used to. (In plpgsql,
-- of which a call takes a twentieth of the time of one in SQL.)
CREATE FUNCTION text_stretches(clinic_id bigint, value text, shortest integer) RETURNS text[]
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 2000 AS $$
DECLARE
  plain text := folded(left(value, 255));
  clinic text := clinic_id || ':';
  length integer := length(plain);
BEGIN
  RETURN ARRAY(SELECT clinic || substr(plain, place, size)
    FROM generate_series(shortest, 3, 2) AS size, generate_series(1, length - size + 1) AS place);
END $$;

-- What a match has all of: each three in a row of what is looked for, or each character of what is shorter.
CREATE FUNCTION needed_stretches(clinic_id bigint, parts text[]) RETURNS text[]
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT array_agg(DISTINCT clinic_id || ':' || substr(part.value, place, part.size))
  FROM (SELECT folded(value) AS value, CASE WHEN length(folded(value)) < 3 THEN 1 ELSE 3 END AS size
    FROM unnest(parts) AS p (value)) part, generate_series(1, length(part.value) - part.size + 1) AS place
$$;

CREATE INDEX idx_contacts_name_stretches ON contacts USING gin (text_stretches(clinic_id, name, 1));
CREATE INDEX idx_contacts_phone_stretches ON contacts USING gin (text_stretches(clinic_id, phone, 3));
CREATE INDEX idx_contact_identities_stretches ON contact_identities USING gin (text_stretches(clinic_id, value, 3))
  WHERE kind = 'phone';

-- As with messages (0008): @> might leak, so row-level security lets it be looked up in no index. The same role, the same door.
CREATE POLICY every_contact ON contacts FOR SELECT TO prosa_search USING (true);
CREATE POLICY every_identity ON contact_identities FOR SELECT TO prosa_search USING (true);
GRANT SELECT (id, clinic_id, name, phone) ON contacts TO prosa_search;
GRANT SELECT (clinic_id, contact_id, kind, value) ON contact_identities TO prosa_search;

-- Contacts whose name has every one of `words`, or a number of theirs one of `phones`, of three digits at least; the youngest
-- first.
CREATE FUNCTION find_contacts(words text[], phones text[], before_id bigint, most integer) RETURNS TABLE (contact_id bigint)
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
  clinic bigint := current_clinic();
  named text[] := needed_stretches(clinic, words);
  folded_words text[] := ARRAY(SELECT folded(word) FROM unnest(words) AS w (word));
  before bigint := coalesce(before_id, 9223372036854775807);
  number text;
  numbered text[];
  found bigint[];
BEGIN
  IF clinic IS NULL OR named IS NULL THEN RETURN; END IF;
  -- Each with its own bound, and its values known when it is planned: of what very many have it is quicker to walk along the
  -- youngest than to look up all of them.
  found := ARRAY(
    SELECT c.id FROM contacts c
    WHERE text_stretches(c.clinic_id, c.name, 1) @> named AND c.clinic_id = clinic AND c.id < before
      AND NOT EXISTS (SELECT FROM unnest(folded_words) AS w (word) WHERE strpos(folded(c.name), word) = 0)
    ORDER BY c.id DESC LIMIT most);
  FOREACH number IN ARRAY phones LOOP
    numbered := needed_stretches(clinic, ARRAY[number]);
    found := found || ARRAY(
      SELECT c.id FROM contacts c
      WHERE text_stretches(c.clinic_id, c.phone, 3) @> numbered AND c.clinic_id = clinic AND c.id < before
        AND strpos(c.phone, number) > 0
      ORDER BY c.id DESC LIMIT most) || ARRAY(
      SELECT DISTINCT i.contact_id FROM contact_identities i
      WHERE text_stretches(i.clinic_id, i.value, 3) @> numbered AND i.clinic_id = clinic AND i.contact_id < before
        AND i.kind = 'phone' AND strpos(i.value, number) > 0
      ORDER BY i.contact_id DESC LIMIT most);
  END LOOP;
  RETURN QUERY SELECT DISTINCT f.id FROM unnest(found) AS f (id) ORDER BY f.id DESC LIMIT most;
END $$;
GRANT CREATE ON SCHEMA public TO prosa_search;
ALTER FUNCTION find_contacts(text[], text[], bigint, integer) OWNER TO prosa_search;
REVOKE CREATE ON SCHEMA public FROM prosa_search;
REVOKE ALL ON FUNCTION find_contacts(text[], text[], bigint, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_contacts(text[], text[], bigint, integer) TO prosa_api;
