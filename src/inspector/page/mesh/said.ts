import type { MeshRecord, MeshSaid } from "../../../telemetry/mod.ts";
import { valueLine } from "../value_tree.ts";

/** `2026-11-21 09:30:12` of what an event says of its time, in UTC. */
export function timeOf({ at }: Pick<MeshSaid, "at">): string {
  return at.slice(0, 19).replace("T", " ");
}

/** `bob · 2026-11-21 09:30:12` */
export function saidLine(said: MeshSaid): string {
  return `${said.by} · ${timeOf(said)}`;
}

/** Who wrote last to a record, and when. */
export function lastSaid({ fields, notes, created, deleted }: MeshRecord): MeshSaid | undefined {
  const all = [...Object.values(fields), ...notes, ...created ? [created] : [], ...deleted ? [deleted] : []];
  return all.toSorted((a, b) => a.at < b.at ? 1 : a.at > b.at ? -1 : 0)[0];
}

/** A record on one line. */
export function recordLine({ fields, notes, attachments }: MeshRecord): string {
  const values = Object.entries(fields).filter(([, { value }]) => value !== null)
    .map(([name, { value }]) => `${name}: ${valueLine(value, 60)}`);
  const more = [
    ...notes.length === 0 ? [] : [`${notes.length} ${notes.length === 1 ? "note" : "notes"}`],
    ...attachments.length === 0 ? [] : [`${attachments.length} ${attachments.length === 1 ? "file" : "files"}`],
  ];
  return [...values, ...more].join(" · ");
}

/** How many of its fields were written apart. */
export function contestedOf({ fields }: MeshRecord): number {
  return Object.values(fields).filter(({ others }) => others > 0).length;
}
