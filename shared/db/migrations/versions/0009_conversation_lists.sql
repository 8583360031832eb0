-- How many conversations a clinic has under each combination of what lists filter by: the sum of what was added to and taken
-- from each, so that no two transactions wait for one counter. The worker adds rows up now and then.
CREATE TABLE conversation_counts (
  id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  clinic_id      bigint NOT NULL,
  status         varchar(20) NOT NULL,
  priority       varchar(20) NOT NULL,
  assigned_to    bigint,
  conversations  bigint NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
CREATE INDEX idx_conversation_counts_clinic ON conversation_counts (clinic_id, assigned_to);

ALTER TABLE conversation_counts ENABLE ROW LEVEL SECURITY;
ALTER TABLE conversation_counts FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON conversation_counts USING (clinic_id = (SELECT current_clinic()));
CREATE POLICY every_count ON conversation_counts TO prosa_worker USING (true);
GRANT SELECT, INSERT ON conversation_counts TO prosa_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON conversation_counts TO prosa_worker; -- UPDATE: to lock rows

CREATE FUNCTION count_conversations_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO conversation_counts (clinic_id, status, priority, assigned_to, conversations)
  SELECT clinic_id, status, priority, assigned_to, count(*) FROM added GROUP BY 1, 2, 3, 4;
  RETURN NULL;
END $$;
CREATE FUNCTION count_conversations_taken() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO conversation_counts (clinic_id, status, priority, assigned_to, conversations)
  SELECT clinic_id, status, priority, assigned_to, -count(*) FROM taken GROUP BY 1, 2, 3, 4;
  RETURN NULL;
END $$;
CREATE FUNCTION count_conversation_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO conversation_counts (clinic_id, status, priority, assigned_to, conversations)
  VALUES (OLD.clinic_id, OLD.status, OLD.priority, OLD.assigned_to, -1),
         (NEW.clinic_id, NEW.status, NEW.priority, NEW.assigned_to, 1);
  RETURN NULL;
END $$;
CREATE FUNCTION count_no_conversations() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM conversation_counts;
  RETURN NULL;
END $$;
-- Nobody writes between these and the sums below: a trigger is made under a lock that holds until the end.
CREATE TRIGGER count_added AFTER INSERT ON conversations REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION count_conversations_added();
CREATE TRIGGER count_taken AFTER DELETE ON conversations REFERENCING OLD TABLE AS taken
  FOR EACH STATEMENT EXECUTE FUNCTION count_conversations_taken();
CREATE TRIGGER count_moved AFTER UPDATE OF status, priority, assigned_to ON conversations FOR EACH ROW
  WHEN ((OLD.status, OLD.priority, OLD.assigned_to) IS DISTINCT FROM (NEW.status, NEW.priority, NEW.assigned_to))
  EXECUTE FUNCTION count_conversation_moved();
CREATE TRIGGER count_none AFTER TRUNCATE ON conversations FOR EACH STATEMENT EXECUTE FUNCTION count_no_conversations();

-- (The owner of the tables may be no superuser, and sees rows of every clinic only while the policies do not hold for him.)
ALTER TABLE conversations NO FORCE ROW LEVEL SECURITY;
ALTER TABLE conversation_counts NO FORCE ROW LEVEL SECURITY;
INSERT INTO conversation_counts (clinic_id, status, priority, assigned_to, conversations)
SELECT clinic_id, status, priority, assigned_to, count(*) FROM conversations GROUP BY 1, 2, 3, 4;
ALTER TABLE conversations FORCE ROW LEVEL SECURITY;
ALTER TABLE conversation_counts FORCE ROW LEVEL SECURITY;

-- One filter may leave few of very many: each has an index in the list's order, those of rare values only of these. None is
-- a whole one: that would be younger than idx_conversations_clinic_id, and taken by what refers to conversations.
CREATE INDEX idx_conversations_assigned ON conversations (clinic_id, assigned_to, activity_at DESC, id DESC)
  WHERE assigned_to IS NOT NULL;
CREATE INDEX idx_conversations_unassigned ON conversations (clinic_id, activity_at DESC, id DESC)
  WHERE assigned_to IS NULL;
CREATE INDEX idx_conversations_archived ON conversations (clinic_id, activity_at DESC, id DESC) WHERE status = 'archived';
CREATE INDEX idx_conversations_priority ON conversations (clinic_id, priority, activity_at DESC, id DESC)
  WHERE priority <> 'normal';

-- Whose contact is another now ---------------------------------------------------------------------------------------
-- Told to nobody, but in the outbox: the relay drops what the API keeps of it. Of one that is new nothing is kept.
CREATE FUNCTION note_contact_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO outbox (clinic_id, channel, event)
  SELECT DISTINCT (r ->> 'clinic_id')::bigint, 'contato:' || (r ->> TG_ARGV[0]), '{"type":"contact:changed"}'
  FROM unnest(ARRAY[to_jsonb(OLD), to_jsonb(NEW)]) AS r
  WHERE r IS NOT NULL AND NOT EXISTS (
    SELECT FROM contacts c
    WHERE c.clinic_id = (r ->> 'clinic_id')::bigint AND c.id = (r ->> TG_ARGV[0])::bigint AND c.created_at >= now());
  RETURN NULL;
END $$;
CREATE TRIGGER note_change AFTER UPDATE ON contacts FOR EACH ROW
  WHEN ((OLD.version, OLD.created_at, OLD.updated_at) IS DISTINCT FROM (NEW.version, NEW.created_at, NEW.updated_at))
  EXECUTE FUNCTION note_contact_change('id');
CREATE TRIGGER note_removal AFTER DELETE ON contacts FOR EACH ROW EXECUTE FUNCTION note_contact_change('id');
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON contact_identities FOR EACH ROW
  EXECUTE FUNCTION note_contact_change('contact_id');
