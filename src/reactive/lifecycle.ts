import { defineEvent, type EventKind } from "./event.ts";

/** The first event of a run. */
export const Init: EventKind<Record<never, never>> = defineEvent("__INIT__");
/** Nothing is left to do: whoever has kept something may emit it now. Comes again while it led to new events. From 1. */
export const Phase: EventKind<{ readonly phase: number }> = defineEvent<{ readonly phase: number }>("__PHASE__");
/** The last event of a run, also of one that was cancelled. */
export const Poison: EventKind<Record<never, never>> = defineEvent("__POISON__");
