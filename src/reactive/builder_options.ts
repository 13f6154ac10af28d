import type { Join } from "./join.ts";
import type { ErrorRule } from "./processor.ts";

/**
 * What a builder makes of what.
 *
 * | `persist` | `dedupe` | an input that is new in this run               | the same input again    | the next run               |
 * | --------- | -------- | ---------------------------------------------- | ----------------------- | -------------------------- |
 * | no        | yes      | built                                          | passed over             | begins anew                |
 * | no        | no       | built                                          | built again             | begins anew                |
 * | yes       | yes      | taken from the archive, or built and kept      | passed over             | has all that was kept      |
 * | yes       | no       | built and kept                                 | built again and kept    | builds all, and keeps that |
 *
 * What is built, and what is taken from the archive, is announced; what is passed over is not.
 */
export interface BuilderOptions<I extends readonly unknown[] = readonly unknown[]> {
  /** What it announces. */
  readonly provides: string;
  /**
   * What it needs, by target: one artifact of each makes the inputs of a build, the first of each, then the second of
   * each, and so on. `"*x"` spreads an artifact that is a list. @default {[]}
   */
  readonly requires?: readonly string[] | undefined;
  /** Its name as a processor, and that of its archive. @default {what it provides} */
  readonly name?: string | undefined;
  /** Keeps what it builds in its archive, so that a later run with the same inputs and code need not. @default {false} */
  readonly persist?: boolean | undefined;
  /** Builds no input twice; see the table. @default {true} */
  readonly dedupe?: boolean | undefined;
  /** What tells inputs apart, of all that CBOR can hold. @default {the inputs themselves} */
  readonly key?: ((...inputs: I) => unknown) | undefined;
  /**
   * Identifies the code of what is kept. Without it that is the text of its functions or classes, without spaces and
   * comments, and the fields of an instance. What they call is not seen. @default {their text}
   */
  readonly version?: string | undefined;
  /**
   * What its functions take from around them and their text does not show: settings, functions that they call. When one
   * of these changes, so has the code. @default {[]}
   */
  readonly uses?: readonly unknown[] | undefined;
  /** Says that what it provides may lead back to what it requires. @default {false} */
  readonly feedback?: boolean | undefined;
  /** Who goes first when several have work: the lower. @default {0} */
  readonly priority?: number | undefined;
  /** What becomes of inputs that it throws on. Those of others stay as they are paired. @default {"stop"} */
  readonly onError?: ErrorRule | undefined;
  /** Artifacts that may wait: for their partners, or for somebody to ask. @default {65536} */
  readonly maxQueued?: number | undefined;
  /** Artifacts of a run that it can announce again to who asks late. @default {65536} */
  readonly maxReplayed?: number | undefined;
  /** Different inputs of a run that it can tell apart. @default {1000000} */
  readonly maxKnown?: number | undefined;
  /** How inputs come together. @default {by position, as above} */
  readonly join?: Join | undefined;
  /** Other targets that it announces, each with an `Aside`. @default {[]} */
  readonly alsoProvides?: readonly string[] | undefined;
}
