import fc from "fast-check";
import { testEnd, testLeaving } from "./channel_endings.ts";
import { type ChannelFixture, closeFixture, type Run } from "./channel_fixture.ts";
import { testDelivery, testRoom } from "./channel_flow.ts";
import { compareWithModel, losesNothing } from "./channel_model.ts";
import type { TestFunction } from "./clock_suite.ts";

/** Options of {@linkcode testChannel}. */
export interface ChannelSuiteOptions {
  /** What the names of the tests begin with. */
  readonly name: string;
  /** `Deno.test`, or the same of another runner. */
  readonly test: TestFunction;
  /** Opens a new channel with a reader for each capacity; called several times in a test, and disposed after it. */
  open(capacities: readonly number[]): ChannelFixture | Promise<ChannelFixture>;
  /** How often the properties are tried with other values. @default {200} */
  readonly runs?: number;
}

/**
 * What the two ends of every channel promise, as tests: order, fan-out, bounds, backpressure, the end, and a comparison
 * with a list of plain queues. It looks at the ends alone, so they may be in two threads.
 */
export function testChannel(options: ChannelSuiteOptions): void {
  const { runs = 200 } = options;
  const test = (promise: string, run: Run) =>
    options.test(`${options.name}: ${promise}`, async () => {
      await using opened = new AsyncDisposableStack();
      await run(async (...capacities) => {
        const fixture = await options.open(capacities);
        opened.defer(() => closeFixture(fixture));
        return fixture;
      });
    });
  testDelivery(test);
  testRoom(test);
  testEnd(test);
  testLeaving(test);

  options.test(`${options.name}: does what a list of plain queues would do`, async () => {
    await fc.assert(compareWithModel(options.open), { numRuns: runs });
  });
  options.test(`${options.name}: loses nothing and keeps the order, whoever gets its turn first`, async () => {
    await fc.assert(losesNothing(options.open), { numRuns: Math.ceil(runs / 4) });
  });
}
