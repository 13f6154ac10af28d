import { channel, map, type Node, node } from "tinman";

const a = channel<{ i: number; ns: number }>("a");
const b = channel<{ i: number }>("b");
const c = channel<{ chance: number }>("c");
const merged = channel<readonly unknown[]>("merged");
const sums = channel<number>("sums");
const halves = channel<number>("halves");

/**
 * Three sources that publish `frames` values together, with readings of the clock and by chance. They rest a millisecond
 * about every `run` values.
 */
export function sources(frames: number, run: number = 1000): Node[] {
  const each = Math.floor(frames / 3);
  return [
    node({ name: "source a", out: { a } }, async ({ a, clock }) => {
      for (let i = 0; i < each; i++) {
        await a.publish({ i, ns: Number(clock.now() % 1_000_003n) });
        if (i % run === 0) await clock.sleep(1);
      }
    }),
    node({ name: "source b", out: { b } }, async ({ b, clock }) => {
      for (let i = 0; i < each; i++) {
        await b.publish({ i });
        if (i % Math.ceil(run * 0.777) === 0) await clock.sleep(1);
      }
    }),
    node({ name: "source c", out: { c } }, async ({ c, clock, random }) => {
      for (let i = 0; i < frames - 2 * each; i++) {
        await c.publish({ chance: random.next() });
        if (i % Math.ceil(run * 0.501) === 0) await clock.sleep(0.5);
      }
    }),
  ];
}

/** What `merge()` does differently from itself. */
export interface Change {
  /** The value number `at`, counted from 1 over all inputs, is called this. */
  readonly at: number;
  readonly name: string;
}

/**
 * Nodes of all three forms behind the sources, whose output depends on everything that could differ between two runs:
 * the order of the inputs, the places where timers fall between them, the clock, and chance.
 */
export function consumers(change?: Change): Node[] {
  return [
    node({ name: "merge", in: { a, b, c }, out: { merged } }, async ({ a, b, c, merged, clock, random }) => {
      const done = new AbortController();
      let count = 0;
      const read = async (name: string, input: AsyncIterable<object>) => {
        for await (const value of input) {
          const called = ++count === change?.at ? change.name : name;
          const now = count % 10 === 0 ? clock.now() : 0n;
          await merged.publish([called, count, Object.values(value)[0], now, random.int(1000)]);
        }
      };
      const tick = async () => {
        try {
          for await (const t of clock.every(5, { signal: done.signal })) {
            await merged.publish(["tick", count, t, clock.now(), random.next()]);
          }
        } catch (error) {
          if (!done.signal.aborted) throw error;
        }
      };
      const ticking = tick();
      const reading = Promise.all([read("a", a), read("b", b), read("c", c)]).then(() => done.abort());
      // Both at once: on a damaged recording the ticks may fail first, and somebody has to hear it.
      await Promise.all([reading, ticking]);
    }),
    node({ name: "sum", in: { merged, c }, out: { sums } }, {
      merged: ([, count], { sums }) => (count as number) % 7 === 0 ? sums.publish(count as number) : undefined,
      c: ({ chance }, { sums, clock }) => chance < 0.1 ? sums.publish(Number(clock.now() % 1_000_003n)) : undefined,
    }),
    map({ name: "halve", in: sums, out: halves }, (sum) => sum / 2),
  ];
}
