import { basename } from "node:path";
import { channel, DONE, type OutEnd } from "../channel/mod.ts";
import {
  describeProcessors,
  EVENT_SERVICES,
  type EventPipeline,
  type EventServices,
  isEventPipeline,
} from "../reactive/mod.ts";
import { type Node, node, PARTS, SERVICES } from "../runtime/mod.ts";

/** One event of a pipeline, as it goes to the channel of its events. */
interface ToldEvent {
  readonly event: string;
  readonly data: object;
  /** The processor that emitted it; null for what came from outside, and for what the run itself says. */
  readonly by: string | null;
}

/** What a module exports, with pipelines of events as nodes. */
export function withEventNodes(exported: Readonly<Record<string, unknown>>, path: string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(exported).map(([name, value]) => [name, asNode(value, { path, name })]));
}

/** A pipeline of events as a node; any other value as it is. */
export function asNode(value: unknown, from: { readonly path: string; readonly name: string }): unknown {
  return isEventPipeline(value) ? nodeOfEvents(value, from) : value;
}

/**
 * A pipeline of events as a node that runs it with what was submitted to it where it was made. All its events go to one
 * channel in the order in which they happen: a recording of it is a transcript, and a replay that verifies compares two
 * runs event by event.
 */
function nodeOfEvents(pipeline: EventPipeline, { path, name }: { readonly path: string; readonly name: string }): Node {
  const called = name === "default" ? basename(path).replace(/\.\w+$/, "") : name;
  const run = async (
    { events, name, log, signal, [SERVICES]: services }: {
      readonly events: OutEnd<ToldEvent>;
      readonly name: string;
      readonly log: { warn(message: string): void };
      readonly signal: AbortSignal;
      readonly [SERVICES]?: Readonly<Record<string, unknown>>;
    },
  ) => {
    const { archivesOf, ran } = (services?.[EVENT_SERVICES] ?? {}) as EventServices;
    for (const { message } of pipeline.problems) log.warn(message);
    const report = await pipeline.run({
      signal,
      archives: archivesOf?.(name),
      onEvent: ({ kind, data }, by) => {
        const accepted = events.publish({ event: kind.kindName, data, by: by ?? null });
        return accepted === DONE ? undefined : accepted;
      },
    });
    ran?.({ node: name, processors: pipeline.processors, report });
  };
  const body = Object.assign(run, { [PARTS]: () => describeProcessors(pipeline.processors) });
  return node({ name: called, out: { events: channel<ToldEvent>(`${called}.events`) } }, body as never);
}
