import { Built } from "./builder_events.ts";
import type { Event } from "./event.ts";
import { createEventPipeline, type EventPipelineOptions } from "./event_pipeline.ts";
import { on } from "./on.ts";
import { given } from "./given.ts";
import type { Processor } from "./processor.ts";
import { where } from "./where.ts";

/** Runs builders on events, and gives all artifacts of a target. `outside` names those that the events bring. */
export async function artifactsOf(
  target: string,
  { builders, events, outside = [], ...options }: EventPipelineOptions & {
    builders: readonly Processor[];
    events: readonly Event<object>[];
    outside?: readonly string[];
  },
): Promise<unknown[]> {
  const seen: unknown[] = [];
  const sink: Processor = {
    name: "sink",
    handlers: [on(where(Built, { target }), ({ artifact }) => void seen.push(artifact))],
  };
  const [first, ...more] = outside;
  const givens = first === undefined ? [] : [given(first, ...more)];
  const pipeline = createEventPipeline([...givens, ...builders, sink], options);
  for (const event of events) pipeline.submit(event);
  await pipeline.run();
  return seen;
}

/** One artifact of a target after the other, from outside. */
export function builtOf(target: string, ...artifacts: readonly unknown[]): Event<object>[] {
  return artifacts.map((artifact) => Built({ target, artifact }));
}
