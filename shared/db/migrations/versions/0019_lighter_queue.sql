-- A row of the queue comes with a row of the inbox in one statement, or is made of rows that are there: asking for its clinic
-- and its source again was a seventh of what taking in an event cost.
ALTER TABLE message_queue DROP CONSTRAINT IF EXISTS message_queue_clinic_id_fkey;
ALTER TABLE message_queue DROP CONSTRAINT IF EXISTS message_queue_source_id_fkey;
-- How many are to be tried again, without a look at the others. What is done at the first attempt is never in it.
CREATE INDEX IF NOT EXISTS idx_message_queue_retrying ON message_queue (id) WHERE status = 'retrying';
