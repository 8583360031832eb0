"""Sources as they are written, by the command line and by the API: the statements both execute."""

# By columns, and `accepts` as text[]. No row where the name is taken.
CREATE_SOURCE = """
INSERT INTO sources (clinic_id, kind, name, token_hash) VALUES (%(clinic_id)s, %(kind)s, %(name)s, %(token_hash)s)
ON CONFLICT DO NOTHING RETURNING id
"""
CHANGE_SOURCE = """
UPDATE sources SET name = %(name)s, active = %(active)s, accepts = %(accepts)b::text[],
       rate_per_second = %(rate_per_second)s, sends_per_second = %(sends_per_second)s,
       api_version = %(api_version)s, api_url = %(api_url)s, own_key_only = %(own_key_only)s
WHERE id = %(id)s AND clinic_id = %(clinic_id)s
"""
HIGHEST_RATE = 1_000_000  # a second; of webhooks and of sends
