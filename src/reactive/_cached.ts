import { createEventPipeline } from "./event_pipeline.ts";
import { caching } from "./caching.ts";
import { defineEvent, type Event } from "./event.ts";
import type { Archives } from "./archive.ts";
import { on } from "./on.ts";
import type { Processor } from "./processor.ts";
import { formatTranscript } from "./transcript_text.ts";

export const Ask = defineEvent<{ n: number }>("ask");
export const Answer = defineEvent<{ readonly n: number }>("answer");

/** Runs processors on events; returns what they emitted and what was written down. */
export async function run(processors: readonly Processor[], events: readonly Event<object>[], archives?: Archives) {
  const emitted: Event<object>[] = [];
  const sink = { name: "sink", handlers: [on(Answer, (_, __, event) => emitted.push(event))] };
  const pipeline = createEventPipeline([...processors, sink], { archives });
  for (const event of events) pipeline.submit(event);
  const { transcript } = await pipeline.run({ transcript: true });
  return {
    answers: emitted.map(({ data }) => (data as { n: number }).n),
    emitted,
    text: formatTranscript(transcript!),
  };
}

/** A processor that answers with twice the number, and counts its calls. */
export function doubling(name = "double") {
  const counted = { calls: 0 };
  const handler = on(Ask, ({ n }, context) => {
    counted.calls++;
    context.submit(Answer({ n: n * 2 }));
  });
  return Object.assign(caching({ name, handlers: [handler] }), { counted });
}
