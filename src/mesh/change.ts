import type { EventRef, Payload } from "./event.ts";
import type { FieldValue } from "./kinds.ts";
import type { Said } from "./members/mod.ts";

/** What somebody wants to write. What it replaces is added when it is written (SPEC O1). */
export type Change =
  /** Begins a record of a form. */
  | { readonly kind: "record.create"; readonly record: string; readonly form: string }
  /** Takes a record out of the lists. */
  | { readonly kind: "record.delete"; readonly record: string; readonly reason?: string }
  /** Brings it back. */
  | { readonly kind: "record.restore"; readonly record: string }
  /** Sets a field; `null` clears it. */
  | { readonly kind: "field.set"; readonly record: string; readonly field: string; readonly value: FieldValue }
  /** Adds a note; one that is urgent goes before all else that a contact has to send. */
  | { readonly kind: "note.add"; readonly record: string; readonly text: string; readonly urgent?: true }
  /** Changes what a note says. */
  | { readonly kind: "note.edit"; readonly record: string; readonly note: EventRef; readonly text: string }
  /** Takes a note away. */
  | { readonly kind: "note.delete"; readonly record: string; readonly note: EventRef; readonly reason?: string }
  /** Adds a file: `blob` names its content, see attachments. */
  | {
    readonly kind: "attachment.add";
    readonly record: string;
    readonly field: string;
    readonly blob: string;
    readonly size: number;
    readonly type: string;
    readonly name: string;
  }
  /** Takes a file away. */
  | {
    readonly kind: "attachment.delete";
    readonly record: string;
    readonly attachment: EventRef;
    readonly reason?: string;
  }
  /** Drops what an event said, everywhere; that it was there stays. */
  | { readonly kind: "event.erase"; readonly event: EventRef; readonly reason?: string }
  /** Says who takes part. */
  | Said
  /** Gives members a key. */
  | {
    readonly kind: "epoch.key";
    readonly key: string;
    readonly keys: readonly { readonly device: string; readonly box: string }[];
  }
  /** What this version does not know. */
  | { readonly kind: `x.${string}`; readonly [field: string]: unknown };

/** A change as an event says it. */
export function payloadOf(
  { kind, ...payload }: Change,
  supersedes: readonly EventRef[],
): { kind: string; payload: Payload } {
  const said = Object.fromEntries(Object.entries(payload).filter(([, value]) => value !== undefined));
  return { kind, payload: supersedes.length === 0 ? said : { ...said, supersedes } };
}
