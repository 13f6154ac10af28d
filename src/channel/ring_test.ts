// Goal: a channel does what a list of plain queues would do, and never holds more than it may.
// Method: the same random calls go to the channel and to a model that is too simple to be wrong.
import assert from "node:assert/strict";
import fc from "fast-check";
import { type In, Out } from "./mod.ts";

interface ModelInput {
  readonly capacity: number;
  readonly queue: number[];
  left: boolean;
}

type Fate = "waits" | "taken" | "refused";

class Model {
  readonly inputs: ModelInput[] = [];
  readonly fates: Fate[] = [];
  line: number[] = [];
  closing = false;

  get closed(): boolean {
    return this.closing && this.line.length === 0;
  }

  publish(value: number): void {
    if (this.closing) this.fates[value] = "refused";
    else {
      this.fates[value] = "waits";
      this.line.push(value);
      if (this.line.length === 1) this.admit();
    }
  }

  tryPublish(value: number): boolean {
    if (this.line.length > 0 || !this.#hasRoom()) return false;
    this.publish(value);
    return true;
  }

  take(input: ModelInput): number | "end" | "nothing" {
    if (input.left) return "end";
    const value = input.queue.shift();
    if (value === undefined) return this.closed ? "end" : "nothing";
    if (input.queue.length <= input.capacity / 2) this.admit();
    return value;
  }

  leave(input: ModelInput): void {
    if (input.left) return;
    input.left = true;
    this.admit();
  }

  abort(): void {
    for (const value of this.line.splice(0)) this.fates[value] = "refused";
    this.closing = true;
  }

  admit(): void {
    while (this.line.length > 0 && this.#hasRoom()) {
      const value = this.line.shift()!;
      this.fates[value] = "taken";
      for (const { left, queue } of this.inputs) if (!left) queue.push(value);
    }
  }

  #hasRoom(): boolean {
    return this.inputs.every(({ left, queue, capacity }) => left || queue.length < capacity);
  }
}

class Pair {
  readonly model = new Model();
  readonly out = new Out<number>();
  readonly inputs: In<number>[] = [];
  readonly fates: Fate[] = [];
  #next = 0;

  publish(): void {
    const value = this.#next++;
    this.fates[value] = "waits";
    this.model.publish(value);
    this.out.publish(value).then(() => this.fates[value] = "taken", () => this.fates[value] = "refused");
  }

  tryPublish(): void {
    if (this.model.closing) return assert.throws(() => this.out.tryPublish(this.#next), { code: "CLOSED" });
    if (!this.model.tryPublish(this.#next)) return assert.equal(this.out.tryPublish(this.#next), false);
    assert.equal(this.out.tryPublish(this.#next), true);
    this.fates[this.#next++] = "taken";
  }

  subscribe(capacity: number): void {
    if (this.model.inputs.length === 4) return;
    this.model.inputs.push({ capacity, queue: [], left: false });
    this.inputs.push(this.out.subscribe({ capacity }));
  }

  take(which: number, count: number): void {
    const [input, expected] = [this.inputs[which], this.model.inputs[which]];
    for (let i = 0; i < count && input !== undefined; i++) {
      const got = input.tryNext();
      assert.equal(got === undefined ? "nothing" : got.done ? "end" : got.value, this.model.take(expected!));
    }
  }

  leave(which: number): void {
    if (this.model.inputs[which] === undefined) return;
    this.model.leave(this.model.inputs[which]);
    this.inputs[which]!.close();
  }

  close(): void {
    this.model.closing = true;
    this.out.close();
  }

  abort(): void {
    this.model.abort();
    this.out.abort(new Error("enough"));
  }

  async check(): Promise<void> {
    await Promise.resolve();
    assert.deepEqual(this.fates, this.model.fates);
    this.inputs.forEach((input, i) => {
      const { left, queue, capacity } = this.model.inputs[i]!;
      assert.equal(input.size, left ? 0 : queue.length);
      assert.ok(input.size <= capacity);
    });
    assert.equal(this.out.blocked, this.model.line.length > 0);
  }
}

const step = fc.oneof(
  { weight: 6, arbitrary: fc.constant((pair: Pair) => pair.publish()) },
  { weight: 2, arbitrary: fc.constant((pair: Pair) => pair.tryPublish()) },
  {
    weight: 6,
    arbitrary: fc.tuple(fc.nat(3), fc.integer({ min: 1, max: 4 })).map(([which, count]) => (pair: Pair) =>
      pair.take(which, count)
    ),
  },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 6 }).map((capacity) => (pair: Pair) => pair.subscribe(capacity)) },
  { weight: 1, arbitrary: fc.nat(3).map((which) => (pair: Pair) => pair.leave(which)) },
  { weight: 1, arbitrary: fc.constantFrom((pair: Pair) => pair.close(), (pair: Pair) => pair.abort()) },
);

Deno.test("A channel does what a list of plain queues would do", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const pair = new Pair();
      for (const apply of steps) {
        apply(pair);
        await pair.check();
      }
    }),
    { numRuns: 300 },
  );
});

Deno.test("A channel loses nothing and keeps the order, whoever gets its turn first", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 3 }),
      fc.nat(20),
      async (scheduler, capacities, count) => {
        const out = new Out<number>();
        const most = capacities.map(() => 0);
        const readers = capacities.map((capacity, i) => {
          const input = out.subscribe({ capacity });
          return async () => {
            const got: number[] = [];
            for await (const value of input) {
              most[i] = Math.max(most[i]!, input.size);
              got.push(value);
              await scheduler.schedule(Promise.resolve(), `reader ${i} works`);
            }
            return got;
          };
        });
        const write = async () => {
          for (let i = 0; i < count; i++) {
            await scheduler.schedule(Promise.resolve(), "writer works");
            await out.publish(i);
          }
          out.close();
        };
        const [, ...got] = await scheduler.waitFor(Promise.all([write(), ...readers.map((read) => read())]));
        for (const values of got) assert.deepEqual(values, Array.from({ length: count }, (_, i) => i));
        most.forEach((size, i) => assert.ok(size <= capacities[i]!));
      },
    ),
    { numRuns: 60 },
  );
});

Deno.test("Out.stretch() makes room for one value more in a channel that is full, in order, up to a limit", async () => {
  const out = new Out<number>();
  const [fast, slow] = [out.subscribe({ capacity: 8 }), out.subscribe({ capacity: 2 })];
  assert.equal(out.stretch(), false, "there is room");
  const published = [0, 1, 2, 3, 4].map((n) => out.publish(n));
  assert.equal(out.blocked, true);
  for (let i = 0; i < 3; i++) assert.equal(out.stretch(), true);
  await Promise.all(published);
  assert.deepEqual([fast.size, slow.size, out.blocked, out.hasRoom()], [5, 5, false, false]);
  let n = 5;
  for (; out.stretch(); n++) assert.equal(out.tryPublish(n), true);
  assert.ok(n < 100, "never without limit");
  out.close();
  assert.equal(out.stretch(), false);
  const got: number[] = [];
  for await (const value of slow) got.push(value);
  assert.deepEqual(got, Array.from({ length: n }, (_, i) => i));
});
