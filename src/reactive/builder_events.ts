import { defineEvent, type EventKind } from "./event.ts";

/** What {@linkcode Resolve} carries. */
export interface ResolveData {
  /** What is asked for. */
  readonly target: string;
  /** The builder that asks because it requires it. It heard of all artifacts from the start: nothing is told again. */
  readonly from?: string | undefined;
}

/** What {@linkcode Built} carries. */
export interface BuiltData {
  /** What it is. */
  readonly target: string;
  /** The thing itself. */
  readonly artifact: unknown;
  /** The builder that made it. Not there when it comes from outside. */
  readonly from?: string | undefined;
  /** How many artifacts that builder made before it in this run: one that is announced again has the same number. */
  readonly number?: number | undefined;
}

/** Asks for a target: its builders start, and say again what they have built for it so far. */
export const Resolve: EventKind<ResolveData> = defineEvent<ResolveData>("resolve");

/** Announces an artifact of a target. Submitted from outside, it is an input like any other. */
export const Built: EventKind<BuiltData> = defineEvent<BuiltData>("built");
