-- W3C trace context (traceparent, tracestate); null where the sender named none: then its trace has the correlation id's digits.
ALTER TABLE webhook_events ADD COLUMN IF NOT EXISTS trace jsonb;
