-- How many are to be tried again, without a look at the others. What is done at the first attempt is never in it.
CREATE INDEX IF NOT EXISTS idx_message_queue_retrying ON message_queue (id) WHERE status = 'retrying';
