-- pg_restore, pg_upgrade and, from Postgres 17 on, ANALYZE build what is in an index with an empty search path: there `folded`
-- alone is unknown, and a dump with a contact in it could not be restored. The values are the same, so the indexes stay.
CREATE OR REPLACE FUNCTION text_stretches(clinic_id bigint, value text, shortest integer) RETURNS text[]
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 2000 AS $$
DECLARE
  plain text := public.folded(left(value, 255));
  clinic text := clinic_id || ':';
  length integer := length(plain);
BEGIN
  RETURN ARRAY(SELECT clinic || substr(plain, place, size)
    FROM generate_series(shortest, 3, 2) AS size, generate_series(1, length - size + 1) AS place);
END $$;
