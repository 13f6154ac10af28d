// Goal: a channel does what a list of plain queues would do, and never holds more than it may.
// Method: the same random calls go to the channel and to a model that is too simple to be wrong. When a waiting publisher
// is let in is the channel's choice, within bounds, so the model is told of it and says whether that was allowed.
import assert from "node:assert/strict";
import fc from "fast-check";
import type { InEnd } from "../channel/mod.ts";
import { isTinmanError } from "../errors/mod.ts";
import { type ChannelFixture, closeFixture } from "./channel_fixture.ts";

type Open = (capacities: readonly number[]) => ChannelFixture | Promise<ChannelFixture>;
type Fate = "waits" | "taken" | "refused: closed" | "refused: aborted";
type Step = (pair: Pair) => Promise<void> | void;

interface ModelInput {
  readonly input: InEnd<number>;
  readonly capacity: number;
  queue: number[];
  left: boolean;
}

const enough = new Error("enough");

/** One channel and its model. */
class Pair {
  readonly #fixture: ChannelFixture;
  readonly #inputs: ModelInput[];
  /** What the channel has said of each value so far. */
  readonly #said: Fate[] = [];
  readonly #fates: Fate[] = [];
  #line: number[] = [];
  #closing = false;

  constructor(fixture: ChannelFixture, capacities: readonly number[]) {
    this.#fixture = fixture;
    this.#inputs = capacities.map((capacity, i) => ({ input: fixture.inputs[i]!, capacity, queue: [], left: false }));
  }

  publish(): void {
    const value = this.#said.push("waits") - 1;
    this.#fates[value] = this.#closing ? "refused: closed" : "waits";
    if (!this.#closing) this.#line.push(value);
    this.#fixture.out.publish(value).then(
      () => this.#said[value] = "taken",
      (error) => this.#said[value] = error === enough ? "refused: aborted" : closedFate(error, value),
    );
  }

  tryPublish(): void {
    const { out } = this.#fixture;
    const value = this.#said.length;
    if (this.#closing) {
      return assert.throws(() => out.tryPublish(value), (error) => closedFate(error, value) !== "waits");
    }
    const fits = this.#line.length === 0 && this.#hasRoom();
    assert.equal(out.tryPublish(value), fits);
    if (!fits) return;
    this.#said.push("taken");
    this.#fates.push("taken");
    this.#put(value);
  }

  async take(which: number, count: number): Promise<void> {
    const each = this.#inputs[which % this.#inputs.length];
    for (let i = 0; i < count && each !== undefined; i++) {
      const got = each.input.tryNext();
      const isEnd = each.left || each.queue.length === 0 && this.#isClosed();
      const expected = isEnd ? "end" : each.queue.shift() ?? "nothing";
      assert.equal(got === undefined ? "nothing" : got.done ? "end" : got.value, expected);
      await this.check();
    }
  }

  subscribe(capacity: number): void {
    if (this.#inputs.length >= 4 || this.#fixture.subscribe === undefined) return;
    this.#inputs.push({ input: this.#fixture.subscribe(capacity), capacity, queue: [], left: false });
  }

  leave(which: number): void {
    const each = this.#inputs[which % this.#inputs.length];
    if (each === undefined) return;
    [each.left, each.queue] = [true, []];
    each.input.close();
  }

  close(): void {
    this.#closing = true;
    this.#fixture.out.close();
  }

  abort(): void {
    this.#closing = true;
    for (const value of this.#line.splice(0)) this.#fates[value] = "refused: aborted";
    this.#fixture.out.abort(enough);
  }

  async check(): Promise<void> {
    await this.#fixture.settle();
    while (this.#said[this.#line[0]!] === "taken") {
      const value = this.#line.shift()!;
      assert.ok(this.#hasRoom(), "a value was taken for which there was no room");
      this.#fates[value] = "taken";
      this.#put(value);
    }
    assert.deepEqual(this.#said, this.#fates);
    const isHalfFree = this.#inputs.every(({ left, queue, capacity }) => left || queue.length <= capacity / 2);
    assert.ok(this.#line.length === 0 || !isHalfFree, "a publisher waits though half of the room is free");

    const { out } = this.#fixture;
    assert.equal(out.blocked, this.#line.length > 0);
    assert.equal(out.hasRoom(), !this.#closing && this.#line.length === 0 && this.#hasRoom());
    assert.equal(out.published, this.#fates.filter((fate) => fate === "taken").length);
    for (const { input, queue, left } of this.#inputs) {
      assert.deepEqual([input.size, input.done], [queue.length, left || this.#isClosed() && queue.length === 0]);
    }
  }

  #put(value: number): void {
    for (const { left, queue } of this.#inputs) if (!left) queue.push(value);
  }

  #hasRoom(): boolean {
    return this.#inputs.every(({ left, queue, capacity }) => left || queue.length < capacity);
  }

  #isClosed(): boolean {
    return this.#closing && this.#line.length === 0;
  }
}

function closedFate(error: unknown, value: number): Fate {
  return isTinmanError(error, "CLOSED") && error.details.unsent === value ? "refused: closed" : "waits";
}

const capacity = fc.integer({ min: 1, max: 6 });
const some = fc.integer({ min: 1, max: 4 });
const which = fc.nat(11);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.constant<Step>((pair) => pair.publish()) },
  { weight: 6, arbitrary: fc.constant<Step>((pair) => pair.tryPublish()) },
  { weight: 12, arbitrary: fc.tuple(which, some).map(([i, count]): Step => (pair) => pair.take(i, count)) },
  { weight: 2, arbitrary: capacity.map((each): Step => (pair) => pair.subscribe(each)) },
  { weight: 1, arbitrary: which.map((i): Step => (pair) => pair.leave(i)) },
  { weight: 1, arbitrary: fc.constantFrom<Step>((pair) => pair.close(), (pair) => pair.abort()) },
);

/** Random calls, compared with the model after each. */
export function compareWithModel(open: Open): fc.IAsyncProperty<unknown> {
  const capacities = fc.array(capacity, { maxLength: 3 });
  // Left to itself fast-check makes five steps on average.
  const steps = fc.array(step, { maxLength: 60, size: "max" });
  return fc.asyncProperty(capacities, steps, async (capacities, steps) => {
    const fixture = await open(capacities);
    await using opened = new AsyncDisposableStack();
    opened.defer(() => closeFixture(fixture));
    const pair = new Pair(fixture, capacities);
    for (const apply of steps) {
      await apply(pair);
      await pair.check();
    }
  });
}

/** One writer and some readers that work in any order, each as a person would write it. */
export function losesNothing(open: Open): fc.IAsyncProperty<unknown> {
  const capacities = fc.array(capacity, { minLength: 1, maxLength: 3 });
  return fc.asyncProperty(fc.scheduler(), capacities, fc.nat(20), async (scheduler, capacities, count) => {
    const fixture = await open(capacities);
    await using opened = new AsyncDisposableStack();
    opened.defer(() => closeFixture(fixture));
    const { out, inputs } = fixture;
    const read = async (input: InEnd<number>, i: number) => {
      const got: number[] = [];
      for await (const value of input) {
        assert.ok(input.size <= capacities[i]!, `${input.size} values wait for a capacity of ${capacities[i]}`);
        got.push(value);
        await scheduler.schedule(Promise.resolve(), `reader ${i} works`);
      }
      return got;
    };
    const write = async () => {
      for (let i = 0; i < count; i++) {
        await scheduler.schedule(Promise.resolve(), "writer works");
        await out.publish(i);
      }
      out.close();
    };
    const [, ...got] = await scheduler.waitFor(Promise.all([write(), ...inputs.map(read)]));
    for (const values of got) assert.deepEqual(values, Array.from({ length: count }, (_, i) => i));
  });
}
