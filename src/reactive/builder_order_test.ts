// Goal: what builders announce depends on what goes in, not on how long each build takes. Method: random pipelines of all
// helpers whose builds end in random order, each run several times; what was announced is the same to the byte.
import assert from "node:assert/strict";
import fc from "fast-check";
import { encodeCbor } from "../cbor/mod.ts";
import { builder } from "./builder.ts";
import { Built, Resolve } from "./builder_events.ts";
import { Collector } from "./collector.ts";
import { createEventPipeline } from "./event_pipeline.ts";
import { Grouper } from "./grouper.ts";
import { on } from "./on.ts";
import { parallelize } from "./parallelize.ts";
import type { Processor } from "./processor.ts";
import { rendezvous } from "./rendezvous.ts";
import { ReservoirSampler } from "./reservoir_sampler.ts";
import { StreamGrouper } from "./stream_grouper.ts";
import { StreamSampler } from "./stream_sampler.ts";
import { session, sliding, tumbling } from "./window_shape.ts";
import { Windows } from "./windows.ts";

/** One builder of a pipeline: what it is, of which of those before it. */
interface Step {
  readonly kind: number;
  readonly from: number;
  readonly other: number;
  readonly persist: boolean;
}

/** A number for anything, so that every builder can take what any other gives. */
const numberOf = (value: unknown): number => encodeCbor(value).reduce((sum, byte) => (sum * 31 + byte) % 1009, 7);

/** Waits for so many turns of the microtask queue. */
async function turns(n: number): Promise<void> {
  for (let i = 0; i < n; i++) await undefined;
}

function build({ kind, from, other, persist }: Step, i: number, wait: () => number): readonly Processor[] {
  const provides = `t${i}`;
  const requires = [`t${from % i}`] as const;
  const key = (...inputs: unknown[]) => numberOf(inputs) % 3;
  const map = async (...inputs: unknown[]) => {
    await turns(wait());
    return [numberOf(inputs), i];
  };
  const both = [...new Set([requires[0], `t${other % i}`])] as [string, ...string[]];
  const window = { provides, requires, timeMs: (x: unknown) => numberOf(x) % 50 };
  const makers: (() => readonly Processor[])[] = [
    () => [builder({ provides, requires: both, persist, build: (_, ...inputs) => map(...inputs) })],
    () => [builder({ provides, requires, dedupe: false, build: (_, ...inputs) => map(...inputs) })],
    () => parallelize({ provides, requires, workers: 3, persist, build: (_, ...inputs) => map(...inputs) }),
    () => [new Collector({ provides, requires: both })],
    () => [new Grouper({ provides, requires, key })],
    () => [new StreamGrouper({ provides, requires, key })],
    () => [new StreamSampler({ provides, requires, probability: 0.7 })],
    () => [new ReservoirSampler({ provides, requires, size: 3 })],
    () => [rendezvous({ provides, requires: both, keys: both.map(() => key), duplicates: "queue", orphans: "phase" })],
    () => [new Windows({ ...window, shape: tumbling({ sizeMs: 10 }), latenessMs: 10 })],
    () => [new Windows({ ...window, shape: sliding({ sizeMs: 10, everyMs: 5 }), phases: "hold" })],
    () => [new Windows({ ...window, shape: session({ gapMs: 5 }), delayMs: 20, key })],
  ];
  return makers[kind % makers.length]!();
}

/** Everything that was announced, as bytes. */
async function announced(steps: readonly Step[], wait: () => number): Promise<Uint8Array> {
  const said: unknown[] = [];
  const source = builder({ provides: "t0", build: () => Array.from({ length: 12 }, (_, i) => i % 8) });
  const sink: Processor = { name: "sink", handlers: [on(Built, (data) => void said.push(data))] };
  const builders = steps.flatMap((step, i) => build(step, i + 1, wait));
  const pipeline = createEventPipeline([source, ...builders, sink]);
  for (let i = steps.length; i > 0; i--) pipeline.submit(Resolve({ target: `t${i}` }));
  await pipeline.run();
  return encodeCbor(said);
}

Deno.test("what builders announce does not depend on how long their builds take", async () => {
  const step = fc.record({ kind: fc.nat(11), from: fc.nat(9), other: fc.nat(9), persist: fc.boolean() });
  const waits = fc.infiniteStream(fc.nat(12));
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), waits, async (steps, waits) => {
      const expected = await announced(steps, () => 0);
      for (let i = 0; i < 2; i++) {
        assert.deepEqual(await announced(steps, () => waits.next().value as number), expected);
      }
    }),
    { numRuns: 60 },
  );
});
