import { ID_BYTES, type MeshEvent } from "../event.ts";
import { type Coder, mix } from "./coder.ts";
import { codeBytes, codeSigned, codeWhole } from "./numbers.ts";
import { type Column, hashOf, ValueModel, type ValueModelOptions } from "./values.ts";

/** What came last in one feed, by which its next event is guessed. */
export interface FeedState {
  wallMs: number;
  counter: number;
  deed: Deed | undefined;
  record: string;
}

/** A way to say something: a kind, the fields that are there, and which field of a record it is about. */
interface Deed {
  readonly kind: string;
  /** Undefined when what was said is erased. */
  readonly keys: readonly string[] | undefined;
  readonly columns: readonly Column[];
  readonly hasRecord: boolean;
  readonly field: string | undefined;
  readonly context: number;
  /** What followed it last time. */
  next: Deed | undefined;
}

/**
 * Codes events of feeds. People fill in one form after the other: mostly the same deed follows as last time, on the same
 * record or the one with the next number. Only when, and the values, have to be said.
 */
export class EventModel {
  readonly values: ValueModel;
  readonly #coder: Coder;
  readonly #deeds: Deed[] = [];
  readonly #deedPlaces = new Map<string, number>();
  readonly #records: string[] = [];
  readonly #recordPlaces = new Map<string, number>();

  constructor(coder: Coder, options: ValueModelOptions) {
    [this.#coder, this.values] = [coder, new ValueModel(coder, options)];
  }

  /** One event, which is told or read; `state` goes on. */
  event(state: FeedState, event: MeshEvent | undefined): MeshEvent {
    this.values.spend(64);
    const deed = this.#deed(state.deed, event);
    if (state.deed !== undefined) state.deed.next = deed;
    state.deed = deed;
    const relation = deed.hasRecord ? this.#record(deed, state, event?.payload?.record as string) : 0;
    this.#stamp(mix(hashOf(deed.kind), relation), state, event);
    const { kind, keys } = deed;
    const { wallMs, counter } = state;
    if (keys === undefined) {
      const payloadHash = codeBytes(this.#coder, event?.payloadHash, ID_BYTES);
      return event ?? { wallMs, counter, kind, payload: undefined, payloadHash };
    }
    const payload: Record<string, unknown> | undefined = event === undefined ? {} : undefined;
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i]!;
      let value: unknown;
      if (key === "record" && deed.hasRecord) value = state.record;
      else if (key === "field" && deed.field !== undefined) value = deed.field;
      else value = this.values.value(deed.columns[i]!, event?.payload?.[key], 1);
      if (payload !== undefined) payload[key] = value;
    }
    return event ?? { wallMs, counter, kind, payload: payload! };
  }

  #deed(before: Deed | undefined, event: MeshEvent | undefined): Deed {
    const coder = this.#coder;
    const guess = before === undefined ? this.#deeds[0] : before.next;
    const context = before?.context ?? START;
    if (guess !== undefined) {
      const isGuessed = coder.bit(context, event !== undefined && isSaidBy(guess, event) ? 1 : 0) === 1;
      if (isGuessed) return guess;
    }
    const name = event === undefined ? "" : nameOf(event);
    const place = coder.symbol(mix(START, 1), DEED_BITS, (this.#deedPlaces.get(name) ?? -1) + 1);
    if (place === 0) return this.#newDeed(name, event);
    const known = this.#deeds[place - 1];
    if (known === undefined) throw new RangeError("a deed that was not said is meant");
    return known;
  }

  #newDeed(name: string, event: MeshEvent | undefined): Deed {
    const [coder, values] = [this.#coder, this.values];
    const payload = event?.payload;
    const kind = values.name(event?.kind ?? "");
    const isErased = coder.bit(mix(START, 2), event !== undefined && payload === undefined ? 1 : 0) === 1;
    const given = payload === undefined ? [] : Object.keys(payload);
    const keys: string[] = [];
    const count = isErased ? 0 : codeWhole(coder, mix(START, 3), given.length);
    for (let i = 0; i < count; i++) keys.push(values.key(given[i] ?? ""));
    const isText = (key: string, context: number) =>
      keys.includes(key) && coder.bit(mix(START, context), typeof payload?.[key] === "string" ? 1 : 0) === 1;
    const hasRecord = isText("record", 4);
    const field = isText("field", 5) ? values.name(payload?.field as string ?? "") : undefined;
    const context = mix(mix(hashOf(kind), hashOf(field ?? "")), keys.length);
    const columns = keys.map((key) => values.column(mix(context, hashOf(key))));
    const deed = { kind, keys: isErased ? undefined : keys, columns, hasRecord, field, context, next: undefined };
    if (this.#deeds.length < (1 << DEED_BITS) - 1) {
      this.#deeds.push(deed);
      if (!coder.isReading) this.#deedPlaces.set(name, this.#deeds.length - 1);
    }
    return deed;
  }

  /** How the record is related to the one before; it is in `state` then. */
  #record(deed: Deed, state: FeedState, record: string): number {
    const coder = this.#coder;
    const relation = coder.symbol(mix(deed.context, 1), 2, coder.isReading ? 0 : this.#relationOf(state, record));
    if (relation === RECORD.NEXT) state.record = nextName(state.record);
    else if (relation === RECORD.KNOWN) {
      const back = codeWhole(coder, RECORDS, this.#records.length - 1 - this.#recordPlaces.get(record)!);
      const known = this.#records[this.#records.length - 1 - back];
      if (known === undefined) throw new RangeError("a record that was not said is meant");
      state.record = known;
    } else if (relation === RECORD.OTHER) {
      state.record = this.values.shortText(this.values.column(RECORDS), record);
    }
    if (relation === RECORD.SAME || relation === RECORD.KNOWN) return relation;
    this.values.spend(state.record.length);
    if (this.#recordPlaces.has(state.record) || this.#records.length >= MAX_RECORDS) return relation;
    this.#recordPlaces.set(state.record, this.#records.length);
    this.#records.push(state.record);
    return relation;
  }

  #relationOf(state: FeedState, record: string): number {
    if (record === state.record) return RECORD.SAME;
    if (record === nextName(state.record)) return RECORD.NEXT;
    return this.#recordPlaces.has(record) ? RECORD.KNOWN : RECORD.OTHER;
  }

  #stamp(context: number, state: FeedState, event: MeshEvent | undefined): void {
    const coder = this.#coder;
    const difference = (event?.wallMs ?? 0) - state.wallMs;
    // Some clocks only have seconds.
    const unit = coder.bit(STAMP, difference % 1000 === 0 ? 1 : 0) === 1 ? 1000 : 1;
    const passed = codeSigned(coder, mix(context, unit), difference / unit) * unit;
    const guess = passed === 0 ? state.counter + 1 : 0;
    const counter = guess +
      codeSigned(coder, passed === 0 ? mix(STAMP, 1) : mix(STAMP, 2), (event?.counter ?? 0) - guess);
    [state.wallMs, state.counter] = [state.wallMs + passed, counter];
  }
}

const RECORD = { SAME: 0, NEXT: 1, KNOWN: 2, OTHER: 3 } as const;
const START = 0x73746172;
const STAMP = 0x7374616d;
const RECORDS = 0x7265636f;
const DEED_BITS = 10;
const MAX_RECORDS = 65_536;

/** Counts on: `R-09` is followed by `R-10`. */
function nextName(name: string): string {
  const digits = /[0-9]{1,15}$/.exec(name)?.[0];
  if (digits === undefined) return name;
  const next = String(Number(digits) + 1).padStart(digits.length, "0");
  return name.slice(0, name.length - digits.length) + next;
}

function isSaidBy({ kind, keys, field, hasRecord }: Deed, event: MeshEvent): boolean {
  const { payload } = event;
  if (event.kind !== kind || (payload === undefined) !== (keys === undefined)) return false;
  if (payload === undefined) return true;
  let count = 0;
  for (const key in payload) {
    if (keys!.includes(key)) count++;
    else return false;
  }
  return count === keys!.length && (typeof payload.field === "string" ? payload.field : undefined) === field &&
    (typeof payload.record === "string") === hasRecord;
}

function nameOf({ kind, payload }: MeshEvent): string {
  if (payload === undefined) return JSON.stringify([kind]);
  const { field, record } = payload;
  const text = typeof field === "string" ? field : null;
  return JSON.stringify([kind, Object.keys(payload).sort(), text, typeof record === "string"]);
}
