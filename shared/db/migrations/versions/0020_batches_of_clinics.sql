-- A batch of events is of as many clinics as it has events, and a statement for each of them was most of what it cost. The
-- worker's transaction names the clinics of its batch (`prosa.clinic_ids`), and sees these tables' rows of them and no others;
-- beside it the older releases' transaction of one clinic (`prosa.clinic_id`) goes on as it was.
CREATE OR REPLACE FUNCTION current_clinics() RETURNS bigint[]
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN string_to_array(nullif(current_setting('prosa.clinic_ids', true), ''), ',')::bigint[];

-- The worker asks whether the schema is the one it needs before it works: one of this release could see no conversation on the
-- schema before, and would take every event for one that cannot be stored.
GRANT SELECT ON alembic_version TO prosa_worker;
