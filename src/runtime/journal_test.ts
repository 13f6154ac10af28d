// Goal: what a node observed live is exactly what it is shown in a replay, as long as it does the same things.
// Method: random observations of several nodes are written and read back; then today's code is made to differ.
import assert from "node:assert/strict";
import fc from "fast-check";
import { isTinmanError } from "../errors/mod.ts";
import { type Journal, JournalReader, JournalWriter, noJournal, NOTHING } from "./journal.ts";

type Observation =
  | { readonly turn: number }
  | { readonly turns: number }
  | { readonly clockNs: number }
  | { readonly waitIn: number; readonly place: number };

function observe(journal: Journal, observation: Observation): void {
  if ("turn" in observation) journal.turn(observation.turn);
  else if ("turns" in observation) journal.turns(observation.turns);
  else if ("waitIn" in observation) journal.wait(observation.waitIn, observation.place);
  else journal.clock(observation.clockNs);
}

/** Writes what several nodes observe, taking turns, flushing after every `flushEvery` observations. */
function write(nodes: readonly (readonly Observation[])[], flushEvery = Infinity): Uint8Array[] {
  const frames: Uint8Array[] = [];
  const writers = nodes.map((_, node) => new JournalWriter(node, (frame) => frames.push(frame.slice())));
  const longest = Math.max(0, ...nodes.map(({ length }) => length));
  for (let i = 0; i < longest; i++) {
    nodes.forEach((observations, node) => i < observations.length && observe(writers[node]!, observations[i]!));
    if ((i + 1) % flushEvery === 0) { for (const writer of writers) writer.flush(); }
  }
  for (const writer of writers) writer.flush();
  return frames;
}

function read(node: number, frames: Iterable<Uint8Array>, isWhole = true): JournalReader {
  return new JournalReader(node, frames, { isWhole });
}

/** Clock readings and the places in each output go forward. */
function rising(observations: readonly Observation[]): Observation[] {
  let nowNs = 0;
  const places = [0, 0, 0];
  return observations.map((each) => {
    if ("clockNs" in each) return { clockNs: nowNs += each.clockNs };
    return "waitIn" in each ? { waitIn: each.waitIn, place: places[each.waitIn]! += each.place } : each;
  });
}

const reading = fc.record({ clockNs: fc.oneof(fc.nat(5), fc.nat(2 ** 31 - 1), fc.constant(2 ** 44)) });
const waiting = fc.record({ waitIn: fc.nat(2), place: fc.oneof(fc.nat(5), fc.nat(2 ** 31 - 1)) });
const manySources = fc.array(
  fc.oneof({ weight: 3, arbitrary: fc.record({ turn: fc.nat(3) }) }, reading, waiting),
  { maxLength: 60 },
).map(rising);
const oneSource = fc.array(
  fc.oneof(fc.record({ turns: fc.integer({ min: 1, max: 1000 }) }), reading),
  { maxLength: 40 },
).map(rising);

Deno.test("JournalReader gives back what any nodes observed, however it was cut into frames", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(manySources, oneSource), { maxLength: 4 }),
      fc.integer({ min: 1, max: 20 }),
      (nodes, flushEvery) => {
        const frames = write(nodes, flushEvery);
        nodes.forEach((observations, node) => {
          const reader = read(node, frames);
          for (const each of observations) {
            if ("turn" in each) {
              assert.equal(reader.expected(), each.turn);
              reader.turn(each.turn);
            } else if ("turns" in each) reader.turns(each.turns);
            else if ("waitIn" in each) assert.equal(reader.wait(each.waitIn, each.place), true);
            // The clock of a replay is somewhere else; the node is told what it was told then.
            else assert.equal(reader.clock(0), each.clockNs);
          }
          assert.equal(reader.expected(), observations.length === 0 ? undefined : NOTHING);
          assert.equal(reader.abandon(), true);
        });
      },
    ),
    { numRuns: 200 },
  );
});

Deno.test("JournalReader of a recording that was cut off does not say that nothing more came", () => {
  const frames = write([[{ turn: 1 }, { turn: 0 }]]);
  const reader = read(0, frames, false);
  reader.turn(1);
  reader.turn(0);
  assert.equal(reader.expected(), undefined);
});

Deno.test("JournalReader of a node that wrote nothing says nothing", () => {
  const frames = write([[], [{ turn: 1 }]]);
  const reader = read(0, frames);
  assert.equal(reader.expected(), undefined);
  reader.turn(1);
  assert.equal(reader.clock(5), 5);
});

Deno.test("JournalWriter writes a run of values as one entry, and nothing until it is flushed", () => {
  const frames: Uint8Array[] = [];
  const writer = new JournalWriter(0, (frame) => frames.push(frame.slice()));
  writer.flush();
  for (let i = 0; i < 100_000; i++) writer.turn(0);
  assert.equal(frames.length, 0);
  writer.flush();
  assert.deepEqual(frames.map(({ length }) => length <= 6), [true], "a run of values is one entry");
});

Deno.test("JournalWriter writes frames of bounded size", () => {
  const observations = Array.from({ length: 20_000 }, (_, i) => ({ turn: i % 2 }));
  const frames = write([observations]);
  assert.ok(frames.length > 1);
  assert.ok(Math.max(...frames.map(({ length }) => length)) <= 8192);
  const reader = read(0, frames);
  for (const { turn } of observations) {
    assert.equal(reader.expected(), turn);
    reader.turn(turn);
  }
});

Deno.test("JournalReader passes over readings that today's code does not ask for", () => {
  const frames = write([[{ turn: 0 }, { clockNs: 10 }, { clockNs: 20 }, { turn: 1 }, { clockNs: 30 }, { turn: 0 }]]);
  const reader = read(0, frames);
  for (const source of [0, 1, 0]) {
    assert.equal(reader.expected(), source);
    reader.turn(source);
  }
  assert.equal(reader.expected(), NOTHING);
});

Deno.test("JournalReader answers further readings by the clock of today, and falls into step again", () => {
  const frames = write([[{ turn: 0 }, { clockNs: 10 }, { turn: 1 }, { clockNs: 30 }]]);
  const reader = read(0, frames);
  reader.turn(0);
  assert.equal(reader.clock(8), 10, "as then");
  assert.equal(reader.clock(15), 15, "there was no second reading then");
  assert.equal(reader.clock(12), 15, "and it never goes back");
  reader.turn(1);
  assert.equal(reader.clock(16), 30, "as then");
});

Deno.test("JournalReader tells of each wait for room as soon as it comes next, and takes no other for it", () => {
  const frames = write([[{ turn: 0 }, { waitIn: 1, place: 7 }, { clockNs: 5 }, { waitIn: 1, place: 9 }, { turn: 1 }]]);
  const reader = read(0, frames);
  const told: unknown[] = [];
  reader.onWait((output, place) => told.push([output, place]));
  assert.equal(reader.wait(1, 7), false, "then the first turn came before");
  reader.turn(0);
  assert.deepEqual(told, [[1, 7]]);
  assert.deepEqual([reader.expectsMore, reader.wait(0, 7), reader.wait(1, 8)], [true, false, false]);
  assert.equal(reader.wait(1, 7), true);
  assert.equal(reader.clock(0), 5);
  assert.deepEqual(told, [[1, 7], [1, 9]]);
  assert.equal(reader.expected(), 1, "what today's code does not do is passed over");
  reader.turn(1);
  assert.equal(reader.wait(1, 11), false, "the journal knows of no other");
  assert.equal(read(0, frames, false).wait(1, 7), false);
  reader.abandon();
  assert.equal(reader.wait(1, 13), true, "today's waits take turns when no journal is followed");
});

Deno.test("JournalReader stops following when the node takes something else", () => {
  const frames = write([[{ turn: 0 }, { turn: 1 }, { clockNs: 10 }, { turn: 1 }]]);
  const reader = read(0, frames);
  reader.turn(1);
  assert.equal(reader.expected(), undefined);
  assert.equal(reader.clock(3), 3);
  assert.equal(reader.abandon(), false);
});

Deno.test("JournalReader.turns() may cross the runs of the journal", () => {
  const reader = read(0, write([[{ turns: 3 }, { clockNs: 7 }, { turns: 5 }, { clockNs: 9 }]]));
  reader.turns(3);
  assert.equal(reader.clock(0), 7);
  reader.turns(2);
  reader.turns(3);
  assert.equal(reader.clock(0), 9);
});

Deno.test("JournalReader.turns() of more than was recorded comes to an end", () => {
  const reader = read(0, write([[{ turns: 3 }, { clockNs: 7 }]]));
  reader.turns(1e9);
  assert.equal(reader.clock(1), 1);
});

Deno.test("JournalWriter leaves out a clock that jumps further than a double can hold", () => {
  const frames = write([[{ clockNs: 10 }, { clockNs: 2 ** 52 }, { clockNs: 2 ** 52 + 1 }]]);
  const reader = read(0, frames);
  assert.equal(reader.clock(1), 10);
  assert.equal(reader.clock(2), 10);
});

Deno.test("JournalReader of any bytes fails with a CODEC error or goes on, and always comes to an end", () => {
  const hostile = fc.array(fc.uint8Array({ maxLength: 40 }).map((bytes) => Uint8Array.of(0, ...bytes)), {
    maxLength: 5,
  });
  fc.assert(
    fc.property(
      hostile,
      fc.array(fc.oneof(fc.record({ turn: fc.nat(3) }), reading, waiting)),
      (frames, observations) => {
        let reader: JournalReader | undefined;
        try {
          reader = read(0, frames);
          for (const each of observations) {
            reader.expected();
            observe(reader, each);
          }
        } catch (error) {
          assert.ok(isTinmanError(error, "CODEC"), String(error));
          assert.equal(error.details.channel, "~journal");
          assert.ok(error.details.frame! < frames.length);
          assert.equal(reader?.expected(), undefined, "it is not followed any further");
        }
      },
    ),
    { numRuns: 500 },
  );
});

Deno.test("JournalReader names the frame that it cannot follow", () => {
  const frames = [...write([[{ turn: 0 }, { turn: 1 }]]), Uint8Array.of(0, 0x80)];
  const reader = read(0, frames);
  reader.turn(0);
  assert.throws(() => reader.turn(1), (error) =>
    isTinmanError(error, "CODEC") &&
    error.message === 'Cannot follow frame 1 of "~journal": Cannot read 1 bytes at 2: 0 are left');
  assert.throws(() => read(0, [Uint8Array.of(0, 0, 0)]), { code: "CODEC" });
});

Deno.test("JournalReader passes on what reading the recording throws", () => {
  const failure = new Error("the disk is gone");
  const frames = function* () {
    yield* write([[{ turn: 0 }]]);
    throw failure;
  };
  const reader = read(0, frames());
  assert.throws(() => reader.turn(0), failure);
  assert.equal(reader.expected(), undefined);
});

Deno.test("noJournal observes nothing", () => {
  noJournal.turn(1);
  noJournal.turns(5);
  assert.deepEqual([noJournal.expected(), noJournal.clock(7), noJournal.abandon()], [undefined, 7, false]);
});
