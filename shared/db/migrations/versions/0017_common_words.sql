-- Built here it keeps writers waiting; where there are many messages it is built before, concurrently: docs/operations.md.
CREATE INDEX IF NOT EXISTS idx_messages_latest ON messages (clinic_id, "timestamp" DESC, id DESC)
  WHERE deleted_at IS NULL;

-- The newest first, in steps as large as a page should need, as long as one in 32 matches. What is common fills a page there
-- after some hundred messages; in the index of words all its matches would be fetched, read again where words are to stand
-- one after another, and sorted. What is rare shows at the first step, and is looked up. How far it reads is bounded by what
-- there is to read: 100,000 characters take about 0.1 s.
CREATE OR REPLACE FUNCTION find_messages(
  query text, conversation bigint, since timestamptz, until timestamptz, before_at timestamptz, before_id bigint, most integer
) RETURNS TABLE (message_id bigint)
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
  clinic bigint := current_clinic();
  asked tsquery := websearch_to_tsquery('portuguese', folded(query));
  looked_up tsquery := asked;
  step integer := 64;
  looked bigint := 0;
  characters bigint := 0;
  found bigint[] := '{}';
  hits bigint[];
  seen bigint;
  long bigint;
BEGIN
  IF clinic IS NULL OR numnode(asked) = 0 THEN RETURN; END IF;
  LOOP
    SELECT array_agg(n.id ORDER BY n."timestamp" DESC, n.id DESC) FILTER (WHERE n.matches), count(*), sum(n.long),
      (array_agg(n."timestamp" ORDER BY n."timestamp", n.id))[1], (array_agg(n.id ORDER BY n."timestamp", n.id))[1]
    INTO hits, seen, long, before_at, before_id
    FROM (
      SELECT m.id, m."timestamp", length(m.content) AS long, message_words(m.clinic_id, m.content) @@ asked AS matches
      FROM messages m
      WHERE m.clinic_id = clinic AND m.deleted_at IS NULL AND (conversation IS NULL OR m.conversation_id = conversation)
        AND (since IS NULL OR m."timestamp" >= since) AND (until IS NULL OR m."timestamp" < until)
        AND (before_at IS NULL OR (m."timestamp", m.id) < (before_at, before_id))
      ORDER BY m."timestamp" DESC, m.id DESC LIMIT step
    ) AS n;
    found := found || coalesce(hits, '{}');
    looked := looked + seen;
    characters := characters + coalesce(long, 0);
    IF cardinality(found) >= most OR seen < step THEN
      RETURN QUERY SELECT unnest(found[:most]);
      RETURN;
    END IF;
    EXIT WHEN cardinality(found) * 32 < looked OR characters > 100000;
    step := least(4 * looked, 16 + (most - cardinality(found)) * looked / cardinality(found));
  END LOOP;
  RETURN QUERY SELECT unnest(found);
  -- The index has no positions: for words that stand one after another it gives those that have all of them, and their texts
  -- are read newest first, only until the page is full. (What a text must not have cannot be widened so.)
  IF strpos(asked::text, '!') = 0 THEN
    looked_up := regexp_replace(asked::text, ' <(-|\d+)> ', ' & ', 'g')::tsquery;
  END IF;
  -- Sorted apart: were it known that a page is wanted, reading on from the newest could look cheap, and rare words take for ever.
  RETURN QUERY
  WITH matching AS MATERIALIZED (
    SELECT m.id, m."timestamp" AS said_at FROM messages m
    WHERE message_words(m.clinic_id, m.content) @@ (looked_up && format('%L', '#' || clinic)::tsquery)
      AND m.clinic_id = clinic AND m.deleted_at IS NULL
      AND (conversation IS NULL OR m.conversation_id = conversation)
      AND (since IS NULL OR m."timestamp" >= since) AND (until IS NULL OR m."timestamp" < until)
      AND (m."timestamp", m.id) < (before_at, before_id)
  ), newest_first AS MATERIALIZED (SELECT id FROM matching ORDER BY said_at DESC, id DESC)
  SELECT n.id FROM newest_first n
  WHERE looked_up = asked OR (SELECT message_words(m.clinic_id, m.content) @@ asked FROM messages m WHERE m.id = n.id)
  LIMIT most - cardinality(found);
END $$;
