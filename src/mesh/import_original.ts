import { encodeCbor } from "../cbor/mod.ts";
import type { Change } from "./change.ts";
import type { FieldValue } from "./kinds.ts";
import { findUnfit, MAX_NAME_LENGTH, MAX_PAYLOAD_BYTES } from "./kinds.ts";
import { compareOriginal, isObject, type OriginalEvent, type OriginalValue } from "./original/mod.ts";

/** What of a log of the original becomes of it here. */
export interface OriginalImport {
  /** Changes in their order; those of one inner list belong together. */
  readonly changes: readonly (readonly Change[])[];
  /** How many events they are of. */
  readonly events: number;
  /** What has no place here, in words. */
  readonly skipped: readonly string[];
}

/** Events of the original whose place is said by one of ours, if their names are short enough. */
const BATCH = 100;
/** What a change may have, so that there is room for what it supersedes. */
const MAX_BYTES = MAX_PAYLOAD_BYTES - 2048;
const MAX_TEXT = 8192;

/**
 * Events of the original as changes of ours, in the order in which its writes win, so that the same values show. Who wrote
 * them is text there that nothing proves, so it becomes text here: notes end with the name and the time, records have
 * `_created_by`. An event `x.original` before each hundred names author, number, stamp and id of each, so that nothing of
 * their history is lost and an import can be repeated: `known` ids are left out.
 */
export function importOriginal(
  events: Iterable<OriginalEvent>,
  known: ReadonlySet<string> = new Set(),
): OriginalImport {
  const skipped: string[] = [];
  const fitting = [...events].sort(compareOriginal).filter(({ id }) => !known.has(id)).flatMap((event) => {
    const found = changesOf(event);
    const unfit = typeof found === "string" ? found : found.map(unfitChange).find((each) => each !== undefined);
    const isTaken = typeof found !== "string" && unfit === undefined;
    const said = isTaken ? cutOf(event) : unfit;
    if (said !== undefined) skipped.push(`event ${event.seq} of ${event.author.slice(0, 40)}: ${said}`);
    return isTaken ? [{ event, found }] : [];
  });
  const changes: Change[][] = [];
  let [said, batch, bytes]: [FieldValue[], Change[], number] = [[], [], 0];
  const flush = () => {
    if (said.length > 0) changes.push([{ kind: "x.original", events: said }, ...batch]);
    [said, batch, bytes] = [[], [], 0];
  };
  for (const { event: { author, seq, hlc, id }, found } of fitting) {
    const place = [author.toWellFormed(), seq, hlc[0], hlc[1], id];
    const more = encodeCbor(place).length;
    if (said.length === BATCH || bytes + more > MAX_BYTES) flush();
    said.push(place);
    batch.push(...found);
    bytes += more;
  }
  flush();
  return { changes, events: fitting.length, skipped };
}

/** Why a change that came from the original has no place here; undefined when it has. */
export function unfitChange({ kind, ...payload }: Change): string | undefined {
  const unfit = findUnfit(kind, payload);
  if (unfit !== undefined) return unfit;
  const bytes = encodeCbor(payload).length;
  return bytes > MAX_BYTES ? `it has ${bytes} bytes, more than ${MAX_BYTES}` : undefined;
}

/** Ids that an event `x.original` says. */
export function originalIds(payload: Readonly<Record<string, unknown>>): string[] {
  const events = Array.isArray(payload.events) ? payload.events : [];
  return events.flatMap((each) => Array.isArray(each) && typeof each[4] === "string" ? [each[4]] : []);
}

/** A note of the original with its author, as it stands here. */
export function noteOf({ payload, author, hlc: [wallMs] }: OriginalEvent): string | undefined {
  const text = payload.get("text");
  const by = ` — ${author}, ${timeText(wallMs)}`;
  return typeof text === "string" ? (text.slice(0, MAX_TEXT - by.length) + by).toWellFormed() : undefined;
}

/** What is left out of an event that is taken. */
function cutOf(event: OriginalEvent): string | undefined {
  const text = event.kind === "note.add" ? event.payload.get("text") : undefined;
  if (typeof text !== "string" || noteOf(event)!.startsWith(text.toWellFormed())) return undefined;
  return `its note has ${text.length} characters, and only the first ${MAX_TEXT} with its author have a place here`;
}

function changesOf(event: OriginalEvent): readonly Change[] | string {
  const { kind, payload, author } = event;
  const record = payload.get("record_id");
  if (!isName(record)) return "it names no record of 1 to 128 characters";
  const [form, field] = [payload.get("form"), payload.get("field")];
  switch (kind) {
    case "record.create": {
      if (!isName(form)) return "its form has no name of 1 to 128 characters";
      const by = payload.get("by") ?? author;
      return [{ kind, record, form }, { kind: "field.set", record, field: "_created_by", value: plainValue(by) }];
    }
    case "field.set":
      if (!isName(field)) return "its field has no name of 1 to 128 characters";
      return [{ kind, record, field, value: plainValue(payload.get("value") ?? null) }];
    case "note.add": {
      const text = noteOf(event);
      return text === undefined ? "its note is no text" : [{ kind, record, text }];
    }
    case "attachment.add": {
      const [name, hash, size] = [field, payload.get("blob_hash"), payload.get("size")];
      const what = `${plainValue(name ?? "")}: ${plainValue(hash ?? "")}, ${plainValue(size ?? "")} bytes`;
      return [{ kind: "note.add", record, text: `a file that was not kept here: ${what}`.slice(0, MAX_TEXT) }];
    }
    default:
      return `nobody knows what ${kind.slice(0, 40)} means`;
  }
}

function isName(value: OriginalValue | undefined): value is string {
  return typeof value === "string" && value !== "" && value.length <= MAX_NAME_LENGTH && value.isWellFormed();
}

/** A value of the original here; whole numbers that a double cannot hold stay as they are written, as text. */
export function plainValue(value: OriginalValue): FieldValue {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (typeof value === "string") return value.toWellFormed();
  if (Array.isArray(value)) return value.map(plainValue);
  if (isObject(value)) {
    return Object.fromEntries([...value].map(([key, each]) => [key.toWellFormed(), plainValue(each)]));
  }
  return value as FieldValue;
}

function timeText(wallMs: number): string {
  return wallMs < 8.64e15 ? new Date(wallMs).toISOString().slice(0, 16).replace("T", " ") : String(wallMs);
}
