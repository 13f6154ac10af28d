import type { Clock } from "../clock/mod.ts";
import type { Archives } from "./archive.ts";
import type { Event } from "./event.ts";
import type { Intake } from "./feeds.ts";
import type { Inbox } from "./inbox.ts";
import type { Interests } from "./interests.ts";
import type { Target } from "./task.ts";

/** What a run of events is made of. */
export interface EventRunParts {
  readonly inboxes: readonly Inbox[];
  readonly interests: Interests<Target>;
  readonly intake: Intake;
  readonly seed: string;
  readonly clock: Clock | undefined;
  readonly archives: Archives;
  readonly maxConcurrency: number;
  readonly maxPending: number;
  /** Called with every event in the order in which events are on their way, and with who emitted it. */
  readonly onEvent: OnEvent | undefined;
}

/** `by` is who emitted it, `step` when it came from outside; tinman's own events have neither. */
export type OnEvent = (
  event: Event<object>,
  by: string | undefined,
  step: number | undefined,
) => void | Promise<void>;
