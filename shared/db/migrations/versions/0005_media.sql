-- Files: which there are (media_files), which have to be fetched still (media_jobs), and what an attachment knows of its own.
--
-- An upload is a message_attachments row without a message: stored, `uploaded_by` somebody, gone at `upload_expires_at` unless
-- a message takes it before. A message takes it by
--   UPDATE message_attachments SET message_id = …, upload_expires_at = NULL
--   WHERE clinic_id = … AND id = … AND message_id IS NULL AND uploaded_by = … AND upload_expires_at > now()
-- in its own transaction (services/api/stores/attachments.py: take_uploads). So its id and its address stay what they were,
-- and no second table has to say the same things. It is its clinic's and its uploader's and no conversation's: two
-- conversations may become one before it is sent. The file's key in the store is shared.media.keys.media_key(clinic, sha256).

-- What is, or may be, in the store. A file is named here before it is put there, so that none can be in the store unknown;
-- the reference keeps what is used, and whoever deletes a file holds its row meanwhile.
CREATE TABLE media_files (
  clinic_id   bigint NOT NULL REFERENCES clinics (id),
  sha256      bytea NOT NULL CHECK (octet_length(sha256) = 32),
  size        bigint NOT NULL CHECK (size >= 0),
  noted_at    timestamptz NOT NULL DEFAULT clock_timestamp(),    -- when somebody last began to put it there
  PRIMARY KEY (clinic_id, sha256)
);
CREATE INDEX idx_media_files_noted_at ON media_files (noted_at);

-- `none`: nothing is fetched, because the file is elsewhere or nobody can be asked for it. `failed`, `expired`: it was tried.
ALTER TABLE message_attachments
  ALTER COLUMN message_id DROP NOT NULL,
  ADD COLUMN state text NOT NULL DEFAULT 'none' CHECK (state IN ('none', 'pending', 'stored', 'failed', 'expired')),
  ADD COLUMN state_reason text,
  ADD COLUMN sha256 bytea,
  ADD COLUMN uploaded_by bigint REFERENCES users (id),
  ADD COLUMN upload_expires_at timestamptz,
  ADD CONSTRAINT message_attachments_has_a_place CHECK (message_id IS NOT NULL OR upload_expires_at IS NOT NULL),
  ADD CONSTRAINT message_attachments_stored_has_a_file CHECK (state <> 'stored' OR sha256 IS NOT NULL),
  ADD CONSTRAINT message_attachments_file FOREIGN KEY (clinic_id, sha256) REFERENCES media_files (clinic_id, sha256);
CREATE INDEX idx_message_attachments_file ON message_attachments (clinic_id, sha256) WHERE sha256 IS NOT NULL;
CREATE INDEX idx_message_attachments_uploads ON message_attachments (upload_expires_at) WHERE message_id IS NULL;
CREATE INDEX idx_message_attachments_uploader ON message_attachments (uploaded_by) WHERE message_id IS NULL;

-- One file to be fetched. It is worked by whoever claims it, until due_at; `claims` fences what comes later.
CREATE TABLE media_jobs (
  attachment_id  bigint PRIMARY KEY REFERENCES message_attachments (id) ON DELETE CASCADE,
  clinic_id      bigint NOT NULL,
  source_id      bigint NOT NULL REFERENCES sources (id),
  provider_id    text NOT NULL,                            -- of the message, as Evolution is asked for it
  origin         text NOT NULL CHECK (origin IN ('inline', 'url', 'evolution')),
  event_id       uuid,                                     -- whose kept payload holds an inline file
  url            text,
  attempts       integer NOT NULL DEFAULT 0,               -- that ended: of the difference to claims somebody died
  claims         integer NOT NULL DEFAULT 0,
  due_at         timestamptz NOT NULL DEFAULT clock_timestamp(),    -- of one in hand: when its worker counts as dead
  last_error     text,
  created_at     timestamptz NOT NULL DEFAULT clock_timestamp()    -- from which MEDIA_EXPIRY_HOURS is counted
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
CREATE INDEX idx_media_jobs_due_at ON media_jobs (due_at);
CREATE INDEX idx_media_jobs_created_at ON media_jobs (created_at);
CREATE INDEX idx_media_jobs_event_id ON media_jobs (event_id) WHERE event_id IS NOT NULL;

-- What the previous release described and did not fetch, as long as Evolution may still have it. Its owner, who is running
-- this, is subject to the policies as well: no clinic is set, so they are lifted for the two statements.
ALTER TABLE message_attachments NO FORCE ROW LEVEL SECURITY;
ALTER TABLE messages NO FORCE ROW LEVEL SECURITY;
ALTER TABLE sources NO FORCE ROW LEVEL SECURITY;
INSERT INTO media_jobs (attachment_id, clinic_id, source_id, provider_id, origin, url)
SELECT a.id, a.clinic_id, m.source_id, m.provider_id,
  CASE WHEN a.metadata ? 'media_url' THEN 'url' ELSE 'evolution' END, a.metadata ->> 'media_url'
FROM message_attachments a JOIN messages m ON m.id = a.message_id JOIN sources s ON s.id = m.source_id
WHERE a.file_path IS NULL AND m.provider_id IS NOT NULL AND a.created_at > now() - interval '14 days'
  AND (s.kind = 'evolution' OR a.metadata ? 'media_url');
UPDATE message_attachments a SET state = 'pending' FROM media_jobs j WHERE j.attachment_id = a.id;
ALTER TABLE message_attachments FORCE ROW LEVEL SECURITY;
ALTER TABLE messages FORCE ROW LEVEL SECURITY;
ALTER TABLE sources FORCE ROW LEVEL SECURITY;

DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['media_files', 'media_jobs'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant ON %I USING (clinic_id = (SELECT current_clinic()))', name);
  END LOOP;
END $$;
-- The worker claims and sweeps before a tenant is known, as it does with the queue.
CREATE POLICY every_job ON media_jobs TO prosa_worker USING (true);
CREATE POLICY every_file ON media_files TO prosa_worker USING (true);
CREATE POLICY every_upload ON message_attachments TO prosa_worker USING (message_id IS NULL);

GRANT SELECT, INSERT, UPDATE, DELETE ON media_jobs, media_files TO prosa_worker;
GRANT UPDATE, DELETE ON message_attachments TO prosa_worker;
GRANT SELECT, INSERT, UPDATE ON media_files TO prosa_api;
GRANT INSERT ON message_attachments TO prosa_api;
GRANT USAGE ON SEQUENCE message_attachments_id_seq TO prosa_api;
GRANT UPDATE (message_id, upload_expires_at) ON message_attachments TO prosa_api;
