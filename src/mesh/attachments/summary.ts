import { type Tally, tallyOf } from "./tally.ts";
import type { Attachments } from "./attachments.ts";

/** How it is with files. A content is counted once, however many attachments name it. */
export interface AttachmentsSummary {
  /** What is attached and here. */
  readonly here: Tally;
  /** What is attached, is not all here, and is fetched from whoever has it. */
  readonly coming: Tally;
  /** What of that has come. */
  readonly cameBytes: number;
  /** What is attached and not fetched, because there is no room for it. */
  readonly refused: Tally;
  /** What is here for others, whole or in part, and cannot be read here. */
  readonly carried: Tally;
  /** Most bytes of that. */
  readonly maxCarriedBytes: number;
  /** All that is kept; what has begun counts whole. */
  readonly usedBytes: number;
  /** Most bytes of all that is kept. */
  readonly maxBytes: number;
}

/** How it is with these. */
export function summaryOf(attachments: Attachments): AttachmentsSummary {
  const { store, maxCarriedBytes } = attachments;
  const files = [...new Map(attachments.all().map((file) => [file.blob, file])).values()];
  const [here, missing] = [files.filter(({ blob }) => store.has(blob)), files.filter(({ blob }) => !store.has(blob))];
  const coming = missing.filter((file) => store.accepts(file));
  const isHeld = new Set(store.held().map(({ blob }) => blob));
  return {
    here: tallyOf(here),
    coming: tallyOf(coming),
    cameBytes: coming.reduce((sum, file) => sum + (store.progress(file)?.bytes ?? 0), 0),
    refused: tallyOf(missing.filter((file) => !store.accepts(file))),
    carried: tallyOf(attachments.carried().filter(({ blob }) => isHeld.has(blob))),
    maxCarriedBytes,
    usedBytes: store.usedBytes,
    maxBytes: store.maxBytes,
  };
}
