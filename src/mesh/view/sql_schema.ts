/** Another version is built anew. */
export const SQL_VERSION = 3;

/**
 * The tables. `device` is who wrote it, `seq` the number of the event, `*_ms` milliseconds since 1970. A value is text,
 * a number, 0 or 1 for a boolean, JSON for lists and objects; `type` tells them apart. Deleted records are in `records`
 * with `deleted_ms`, and not in the search.
 */
export const SQL_SCHEMA = `
CREATE TABLE meta (state TEXT NOT NULL, place TEXT NOT NULL);
CREATE TABLE records (
  record TEXT PRIMARY KEY, form TEXT, created_by TEXT, created_ms INTEGER,
  deleted_by TEXT, deleted_ms INTEGER, deleted_reason TEXT
) WITHOUT ROWID;
CREATE INDEX records_form ON records (form);
CREATE TABLE fields (
  record TEXT NOT NULL, field TEXT NOT NULL, value, type TEXT NOT NULL,
  device TEXT NOT NULL, seq INTEGER NOT NULL, at_ms INTEGER NOT NULL, others INTEGER NOT NULL,
  PRIMARY KEY (record, field)
) WITHOUT ROWID;
CREATE INDEX fields_value ON fields (field, value);
CREATE TABLE notes (
  record TEXT NOT NULL, device TEXT NOT NULL, seq INTEGER NOT NULL, text TEXT NOT NULL, at_ms INTEGER NOT NULL,
  edited_by TEXT, edited_ms INTEGER, urgent INTEGER NOT NULL
);
CREATE INDEX notes_record ON notes (record);
CREATE TABLE attachments (
  record TEXT NOT NULL, device TEXT NOT NULL, seq INTEGER NOT NULL, field TEXT NOT NULL, blob TEXT NOT NULL,
  size INTEGER NOT NULL, type TEXT NOT NULL, name TEXT NOT NULL, at_ms INTEGER NOT NULL
);
CREATE INDEX attachments_record ON attachments (record);
CREATE INDEX attachments_blob ON attachments (blob);
CREATE TABLE history (
  record TEXT NOT NULL, what TEXT NOT NULL, field TEXT, value, device TEXT NOT NULL, seq INTEGER NOT NULL,
  "check" INTEGER NOT NULL, at_ms INTEGER NOT NULL, counter INTEGER NOT NULL, state TEXT NOT NULL, reason TEXT
);
CREATE INDEX history_record ON history (record, field, at_ms);
CREATE TABLE conflicts (
  record TEXT NOT NULL, what TEXT NOT NULL, field TEXT NOT NULL, shown, other,
  device TEXT NOT NULL, seq INTEGER NOT NULL, at_ms INTEGER NOT NULL
);
CREATE INDEX conflicts_record ON conflicts (record);
CREATE TABLE texts (id INTEGER PRIMARY KEY, record TEXT NOT NULL, field TEXT, text TEXT NOT NULL);
CREATE INDEX texts_record ON texts (record);
CREATE VIRTUAL TABLE search USING fts5(
  text, content = 'texts', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2'
);
CREATE TRIGGER texts_in AFTER INSERT ON texts BEGIN
  INSERT INTO search (rowid, text) VALUES (new.id, new.text);
END;
CREATE TRIGGER texts_out AFTER DELETE ON texts BEGIN
  INSERT INTO search (search, rowid, text) VALUES ('delete', old.id, old.text);
END;
`;

/** What to drop before they are made anew; triggers and indexes go with them. */
export const SQL_TABLES: readonly string[] = [
  "search",
  "texts",
  "conflicts",
  "history",
  "attachments",
  "notes",
  "fields",
  "records",
  "meta",
];
