import { type Channel, channel } from "../channel/mod.ts";
import type { PipelineDocument } from "./write_config.ts";

/** The name of the channel that changes of a pipeline are told on. */
export const CHANGES = "changes";

/**
 * What goes through the channel `changes`, in this order: the configuration that the run began with (number 0); for each
 * change its new configuration, at which stages are made; and `go`, behind which its frames belong to the new pipeline. A
 * change whose stages could not be made has no `go`. A restart is a change to the same configuration.
 */
export interface Change {
  /** 1 for the first. */
  readonly number: number;
  /** What the pipeline shall be. */
  readonly config?: PipelineDocument;
  /** Stages that begin anew, though they stay as they are. @default {none} */
  readonly restart?: readonly string[];
  /** Now it is. */
  readonly go?: true;
}

/** Declares the channel. It is recorded like any other, so that a replay changes where the run did. */
export function changesChannel(): Channel<Change> {
  // A replay has no room for a `go` until the change before it is done, as it was then; so it lets time pass first.
  return channel<Change>(CHANGES, { capacity: 1 });
}

/** Whether a value is a change: what stands in a recording may have been written by anybody. */
export function isChange(value: unknown): value is Change {
  if (typeof value !== "object" || value === null) return false;
  const { number, config, restart = [], go } = value as Readonly<Record<string, unknown>>;
  if (!Array.isArray(restart) || !restart.every((id) => typeof id === "string")) return false;
  return Number.isSafeInteger(number) && (go === true || typeof config === "object" && config !== null);
}

/** Hears how a change goes; nobody does in a replay. */
export interface ChangeListener {
  /** Stages are at work; `commit` is to be called right behind each `go`, before anything else can happen. */
  attached(commit: (number: number) => void): void;
  /** Its stages are made: it may go. */
  ready(number: number): void;
  /** Its stages could not be made; nothing has changed. */
  refused(number: number, error: unknown): void;
  /** Every stage has done its last frame of the pipeline before. */
  passed(number: number): void;
}
