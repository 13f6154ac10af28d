import { decodeCbor, encodeCbor } from "../cbor/mod.ts";
import { type Event, recallKind } from "./event.ts";

/** What a handler has emitted on an event, as it is kept in an archive. */
export interface KeptEvents {
  /** The version of the code that emitted them. */
  readonly code: string;
  /** The name of the kind of event that they were emitted on. */
  readonly on: string;
  /** What was emitted, in order. */
  readonly events: readonly Event<object>[];
}

/** The form of the bytes: this, then CBOR of `{ code, events, on }`. */
const FORM = 1;

/**
 * Events as bytes: their fields keep their order, so that who gets them goes through them as before.
 *
 * @throws {TinmanError} `CODEC` with the place of what cannot be kept, such as `.events[0].data.done`.
 */
export function encodeKeptEvents({ code, on, events }: KeptEvents): Uint8Array {
  const plain = events.map(({ kind, data }) => ({ kind: kind.lineage, data }));
  const body = encodeCbor({ code, on, events: plain }, { keepOrder: true });
  const bytes = new Uint8Array(1 + body.length);
  bytes[0] = FORM;
  bytes.set(body, 1);
  return bytes;
}

/** What {@linkcode encodeKeptEvents} was given, or undefined for bytes of another form. */
export function decodeKeptEvents(bytes: Uint8Array): KeptEvents | undefined {
  if (bytes[0] !== FORM) return undefined;
  try {
    // A copy: what is decoded may share its bytes, and these are the archive's own.
    const { code, on, events } = decodeCbor(bytes.slice(1), { anyOrder: true }) as {
      code: string;
      on: string;
      events: readonly { readonly kind: readonly string[]; readonly data: object }[];
    };
    return { code, on, events: events.map(({ kind, data }) => ({ kind: recallKind(kind), data })) };
  } catch {
    // The bytes are those that were written, so it was another version of tinman: they are of no use here.
    return undefined;
  }
}
