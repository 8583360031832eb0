-- Text as it is searched for: without accents and capitals, however they are encoded. With translate(), because unaccent
-- is an extension that not every server has, and is not immutable.
CREATE FUNCTION folded(value text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN translate(lower(normalize(value)),
    'áàâãäåéèêëíìîïóòôõöúùûüçñýÿÁÀÂÃÄÅÉÈÊËÍÌÎÏÓÒÔÕÖÚÙÛÜÇÑÝ',
    'aaaaaaeeeeiiiiooooouuuucnyyaaaaaaeeeeiiiiooooouuuucny');

-- A default that is a constant is not written into the rows that are there.
ALTER TABLE contacts ADD COLUMN version bigint NOT NULL DEFAULT 1;

-- Counted here, because workers change contacts too, also those that were started before there were versions.
CREATE FUNCTION count_contact_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.version := OLD.version + 1;
  RETURN NEW;
END $$;
CREATE TRIGGER contacts_version BEFORE UPDATE ON contacts FOR EACH ROW
  WHEN ((OLD.name, OLD.phone, OLD.email, OLD.status) IS DISTINCT FROM (NEW.name, NEW.phone, NEW.email, NEW.status))
  EXECUTE FUNCTION count_contact_version();
