import type { Archives } from "./archive.ts";
import type { EventRunReport } from "./event_pipeline.ts";
import type { Processor } from "./processor.ts";

/** Under this name the services of a run have what pipelines of events in its nodes may use. */
export const EVENT_SERVICES = "events";

/** What whoever runs a graph has for the pipelines of events in it. */
export interface EventServices {
  /** Where the processors of a node keep things, unless their pipeline says so itself. */
  readonly archivesOf?: ((node: string) => Archives | undefined) | undefined;
  /** Told of each pipeline that has run. */
  readonly ran?: ((run: RanEvents) => void) | undefined;
}

/** A pipeline of events that has run in a node. */
export interface RanEvents {
  /** The name of the node. */
  readonly node: string;
  /** Its processors, as they are after the run. */
  readonly processors: readonly Processor[];
  /** How it went. */
  readonly report: EventRunReport;
}
