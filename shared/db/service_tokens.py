"""Service tokens as they are written, by the command line and by the API: the statements both execute."""

# Those who make or replace one take turns, so that the bound on their number is exact.
TAKE_TURNS = "SELECT pg_advisory_xact_lock(hashtextextended('prosa service tokens ' || %(clinic_id)s, 0))"
COUNT = """
SELECT count(*) AS count FROM service_tokens
WHERE clinic_id = %(clinic_id)s AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > clock_timestamp())
"""
CREATE_SERVICE = "SELECT create_service(%(name)s) AS user_id"
# Its life begins now; null: it has no end.
ADD = """
INSERT INTO service_tokens (clinic_id, user_id, name, token_hash, prefix, scopes, created_by, expires_at)
VALUES (%(clinic_id)s, %(user_id)s, %(name)s, %(token_hash)s, %(prefix)s, %(scopes)b::text[], %(created_by)s,
  now() + %(life)s::interval) RETURNING id
"""
SHOWN = """
id, clinic_id, user_id, name, prefix, scopes, created_by, created_at, expires_at, last_used_at, revoked_at, replaced_by,
CASE WHEN revoked_at IS NOT NULL THEN 'revoked' WHEN expires_at <= clock_timestamp() THEN 'expired'
  WHEN replaced_by IS NOT NULL THEN 'replaced' ELSE 'active' END AS state
"""
LOCK = f"""
SELECT {SHOWN} FROM service_tokens WHERE clinic_id = %(clinic_id)s AND id = %(id)s FOR NO KEY UPDATE
"""  # noqa: S608 - of constants
REPLACE = """
UPDATE service_tokens SET replaced_by = %(by)s, expires_at = least(expires_at, clock_timestamp() + %(overlap)s::interval)
WHERE clinic_id = %(clinic_id)s AND id = %(id)s
"""
REVOKE = """
UPDATE service_tokens SET revoked_at = clock_timestamp() WHERE clinic_id = %(clinic_id)s AND id = %(id)s
"""
RETIRE = "SELECT retire_service(%(user_id)s)"
