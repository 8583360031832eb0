-- As it was (0008), but what has no accents is not looked through for them: that is most of what is folded, and most of the time.
CREATE OR REPLACE FUNCTION folded(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN CASE WHEN octet_length(value) = length(value) THEN lower(value) ELSE
  translate(lower(normalize(value)),
    'áàâãäåéèêëíìîïóòôõöúùûüçñýÿÁÀÂÃÄÅÉÈÊËÍÌÎÏÓÒÔÕÖÚÙÛÜÇÑÝ', 'aaaaaaeeeeiiiiooooouuuucnyyaaaaaaeeeeiiiiooooouuuucny') END;

-- Contacts by parts of their names and numbers -----------------------------------------------------------------------
-- Every one, two and three characters in a row, without accents and capitals, each with its clinic: a small clinic never waits
-- for a large one's matches. What is looked for is found wherever in a name it stands, as agents are used to. (In plpgsql,
-- of which a call takes a twentieth of the time of one in SQL. With the schema's name, since pg_restore, pg_upgrade and, from
-- Postgres 17 on, ANALYZE build what is in an index with an empty search path.)
CREATE FUNCTION text_stretches(clinic_id bigint, value text, shortest integer) RETURNS text[]
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 2000 AS $$
DECLARE
  plain text := public.folded(left(value, 255));
  clinic text := clinic_id || ':';
  length integer := length(plain);
BEGIN
  RETURN ARRAY(SELECT clinic || substr(plain, place, size)
    FROM generate_series(shortest, 3) AS size, generate_series(1, length - size + 1) AS place);
END $$;

-- What a match has all of: each three in a row of what is looked for, or what is shorter itself.
CREATE FUNCTION needed_stretches(clinic_id bigint, parts text[]) RETURNS text[]
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT array_agg(DISTINCT clinic_id || ':' || substr(part.value, place, part.size))
  FROM (SELECT folded(value) AS value, least(length(folded(value)), 3) AS size
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

-- Contacts whose name has every one of `words`, or a number of theirs one of `phones`, of three digits at least: any of them,
-- at most so many. In no order: then those that are not wanted are not even looked at, however common a name is.
-- (+ 0: the clinic is in the stretches. With an index of its own the planner would walk through the whole clinic.)
CREATE FUNCTION matching_contacts(words text[], phones text[], most integer) RETURNS bigint[]
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
  clinic bigint := current_clinic();
  named text[] := needed_stretches(clinic, words);
  patterns text[] := ARRAY(
    SELECT '%' || regexp_replace(folded(word), '([%_\\])', '\\\1', 'g') || '%' FROM unnest(words) AS w (word));
  number text;
  numbered text[];
  found bigint[];
BEGIN
  IF clinic IS NULL OR named IS NULL THEN RETURN '{}'; END IF;
  found := ARRAY(
    SELECT c.id FROM contacts c
    WHERE text_stretches(c.clinic_id, c.name, 1) @> named AND c.clinic_id + 0 = clinic AND folded(c.name) LIKE ALL (patterns)
    LIMIT most);
  FOREACH number IN ARRAY phones LOOP
    numbered := needed_stretches(clinic, ARRAY[number]);
    found := found || ARRAY(
      SELECT c.id FROM contacts c
      WHERE text_stretches(c.clinic_id, c.phone, 3) @> numbered AND c.clinic_id + 0 = clinic AND strpos(c.phone, number) > 0
      LIMIT most) || ARRAY(
      SELECT i.contact_id FROM contact_identities i
      WHERE text_stretches(i.clinic_id, i.value, 3) @> numbered AND i.clinic_id + 0 = clinic AND i.kind = 'phone'
        AND strpos(i.value, number) > 0
      LIMIT most);
  END LOOP;
  RETURN ARRAY(SELECT DISTINCT f.id FROM unnest(found) AS f (id) LIMIT most);
END $$;
GRANT CREATE ON SCHEMA public TO prosa_search;
ALTER FUNCTION matching_contacts(text[], text[], integer) OWNER TO prosa_search;
REVOKE CREATE ON SCHEMA public FROM prosa_search;
REVOKE ALL ON FUNCTION matching_contacts(text[], text[], integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION matching_contacts(text[], text[], integer) TO prosa_api;

-- What an event makes stale beyond what its own words tell: keys of what the API keeps, dropped before anybody hears of it.
-- (Last, since every writer waits for it.)
ALTER TABLE outbox ADD COLUMN stale text[];
