import type { ExportRecord } from "./record.ts";

/** Records as lines of JSON, one each, with values in their own types and the fields in the order of their keys. */
export function* exportJsonLines(records: Iterable<ExportRecord>): Iterable<string> {
  for (const { id, form, createdBy, createdAt, fields, notes = [], attachments = [] } of records) {
    const sorted = Object.fromEntries(Object.entries(fields).sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0));
    yield `${JSON.stringify({ id, form, createdBy, createdAt, fields: sorted, notes, attachments })}\n`;
  }
}
