import type { EventRef } from "../event.ts";
import { Register } from "./register.ts";
import { compareWrites, keyOf, type Write } from "./write.ts";

/** What of a record a write is about. */
export interface Place {
  /** The record. */
  readonly record: string;
  /** Its form, whether it is deleted, a field, what a note says, that it is gone, a file, that it is gone. */
  readonly what: "form" | "state" | "field" | "note" | "noteGone" | "file" | "fileGone";
  /** The name of the field, or the key of the note or file; else empty. */
  readonly key: string;
}

/** What an event is about; undefined for kinds that say nothing about a record, or are not known. */
export function placeOf(write: Write): Place | undefined {
  const { kind, payload } = write.event;
  if (payload === undefined) return undefined;
  const record = payload.record as string;
  switch (kind) {
    case "field.set":
      return { record, what: "field", key: payload.field as string };
    case "record.create":
      return { record, what: "form", key: "" };
    case "record.delete":
    case "record.restore":
      return { record, what: "state", key: "" };
    case "note.add":
      return { record, what: "note", key: keyOf(write) };
    case "note.edit":
      return { record, what: "note", key: keyOf(payload.note as EventRef) };
    case "note.delete":
      return { record, what: "noteGone", key: keyOf(payload.note as EventRef) };
    case "attachment.add":
      return { record, what: "file", key: keyOf(write) };
    case "attachment.delete":
      return { record, what: "fileGone", key: keyOf(payload.attachment as EventRef) };
    default:
      return undefined;
  }
}

/** All that was written about one record, each thing in a register of its own. */
export class RecordState {
  /** Its name. */
  readonly id: string;
  /** How many writes speak of it. */
  writes = 0;
  /** How many of its registers have something that stands. Without one there is no record. */
  standing = 0;
  /** Fields by their name. */
  readonly fields: Map<string, Register> = new Map();
  #form: Register | undefined;
  #state: Register | undefined;
  #others: Map<string, Map<string, Register>> | undefined;

  constructor(id: string) {
    this.id = id;
  }

  /** Whether the latest word is that it is deleted. */
  get isDeleted(): boolean {
    return this.#state?.heads[0]?.event.kind === "record.delete";
  }

  /** Its form, where its creation is known. */
  get form(): string | undefined {
    return this.#form?.heads[0]?.event.payload?.form as string | undefined;
  }

  /** A register; undefined where nothing was written. */
  get(what: Place["what"], key: string): Register | undefined {
    if (what === "field") return this.fields.get(key);
    if (what === "form") return this.#form;
    if (what === "state") return this.#state;
    return this.#others?.get(what)?.get(key);
  }

  /** A register, made where there is none. */
  at({ what, key }: Place): Register {
    const known = this.get(what, key);
    if (known !== undefined) return known;
    const register = new Register();
    if (what === "field") this.fields.set(key, register);
    else if (what === "form") this.#form = register;
    else if (what === "state") this.#state = register;
    else {
      this.#others ??= new Map();
      const byKey = this.#others.get(what) ?? new Map<string, Register>();
      this.#others.set(what, byKey.set(key, register));
    }
    return register;
  }

  /** Forgets a register that is empty. */
  drop({ what, key }: Place): void {
    if (what === "field") this.fields.delete(key);
    else if (what === "form") this.#form = undefined;
    else if (what === "state") this.#state = undefined;
    else this.#others?.get(what)?.delete(key);
  }

  /** All registers of a sort, by key, in no order. */
  all(what: Place["what"]): Iterable<readonly [string, Register]> {
    if (what === "field") return this.fields;
    if (what === "form" || what === "state") {
      const register = this.get(what, "");
      return register === undefined ? [] : [["", register]];
    }
    return this.#others?.get(what) ?? [];
  }

  /** Whether a note or a file is there, and nobody deleted it. */
  isThere(what: "note" | "file", key: string): boolean {
    return this.#stands(what, key) && !this.#stands(`${what}Gone`, key);
  }

  #stands(what: Place["what"], key: string): boolean {
    return (this.get(what, key)?.heads.length ?? 0) > 0;
  }

  /** What wrote a note or a file first; undefined while only its edits or its end are here. */
  origin(what: "note" | "file", key: string): Write | undefined {
    const origins = this.get(what, key)?.all().filter(({ event }) => event.kind === ORIGIN[what]) ?? [];
    return origins.length > 1 ? origins.sort(compareWrites)[0] : origins[0];
  }
}

const ORIGIN = { note: "note.add", file: "attachment.add" };
