-- The worker's housekeeping forgets states of lines of all clinics, and sees of them only what is old.
CREATE INDEX IF NOT EXISTS idx_source_states_at ON source_states ("at");
CREATE POLICY old_are_seen ON source_states FOR SELECT TO prosa_worker USING ("at" < now() - interval '1 day');
CREATE POLICY old_are_forgotten ON source_states FOR DELETE TO prosa_worker USING ("at" < now() - interval '1 day');
GRANT DELETE ON source_states, dead_letter_issues TO prosa_worker;
