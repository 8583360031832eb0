-- What an admin decides about a user, counted: whoever changes it says which version they have seen. Counted here, because
-- the command line changes users too, also one that was started before there were versions.
ALTER TABLE users
  ADD COLUMN version bigint NOT NULL DEFAULT 1,
  ADD COLUMN last_sign_in_at timestamptz;                  -- null: not since there is this column

CREATE FUNCTION count_user_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.version := OLD.version + 1;
  RETURN NEW;
END $$;
CREATE TRIGGER users_version BEFORE UPDATE ON users FOR EACH ROW
  WHEN ((OLD.email, OLD.name, OLD.role, OLD.active) IS DISTINCT FROM (NEW.email, NEW.name, NEW.role, NEW.active))
  EXECUTE FUNCTION count_user_version();

-- The API gives people passwords, and still cannot read what is stored of one: signing in goes through find_login alone.
-- Neither a user's clinic nor their address is the API's to change.
GRANT SELECT (version, last_sign_in_at), INSERT (clinic_id, email, name, role, password_hash),
  UPDATE (name, role, active, password_hash, last_sign_in_at) ON users TO prosa_api;

-- A clinic's admins decide what it deletes by itself; workers do it.
GRANT SELECT, INSERT (clinic_id, class, days, set_by), UPDATE (days, set_by, set_at), DELETE ON retention_rules TO prosa_api;
