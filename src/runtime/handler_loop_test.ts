import assert from "node:assert/strict";
import { setImmediate } from "node:timers";
import { createSlice, endlessSlice, type In, Out, type Slice } from "../channel/mod.ts";
import { HandlerLoop } from "./handler_loop.ts";
import { Scheduler } from "./scheduler.ts";
import { type Journal, JournalReader, JournalWriter, noJournal } from "./journal.ts";

type Handler = (message: string) => unknown;

interface Setup {
  readonly handlers: readonly Handler[];
  readonly outputs?: readonly Out<string>[];
  readonly journal?: Journal;
  readonly slice?: Slice;
}

/** A node in handler form with an input for each handler. */
function createLoop({ handlers, outputs = [], journal = noJournal, slice = endlessSlice }: Setup) {
  const order = { next: 0 };
  const outs = handlers.map(() => new Out<string>({ order }));
  const inputs = outs.map((out) => out.subscribe({ capacity: 1000 }));
  const loop = new HandlerLoop({
    scheduler: new Scheduler(),
    inputs: inputs as In<unknown>[],
    outputs: outputs as Out<unknown>[],
    handlers: handlers as readonly ((message: never) => unknown)[],
    context: undefined,
    journal,
    slice,
  });
  return { outs, inputs, loop };
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

Deno.test("HandlerLoop calls a handler for each message and ends with its input", async () => {
  const got: string[] = [];
  const { outs: [out], loop } = createLoop({ handlers: [(text) => void got.push(text)] });
  void out!.publish("a");
  const ended = loop.start();
  await nextTurn();
  void out!.publish("b");
  void out!.publish("c");
  out!.close();
  await ended;
  assert.deepEqual(got, ["a", "b", "c"]);
});

Deno.test("HandlerLoop waits for the promise of a handler before the next message", async () => {
  const events: string[] = [];
  const { outs: [out], loop } = createLoop({
    handlers: [async (text) => {
      events.push(`begin ${text}`);
      await nextTurn();
      events.push(`end ${text}`);
    }],
  });
  void out!.publish("a");
  void out!.publish("b");
  out!.close();
  await loop.start();
  assert.deepEqual(events, ["begin a", "end a", "begin b", "end b"]);
});

Deno.test("HandlerLoop takes anything with a then() for a promise, and other results for none", async () => {
  const got: string[] = [];
  const results: Record<string, unknown> = {
    thenable: { then: (resolve: () => void) => resolve() },
    null: null,
    number: 7,
    false: false,
  };
  const { outs: [out], loop } = createLoop({
    handlers: [(text) => {
      got.push(text);
      return results[text];
    }],
  });
  for (const text of Object.keys(results)) void out!.publish(text);
  out!.close();
  await loop.start();
  assert.deepEqual(got, Object.keys(results));
});

Deno.test("HandlerLoop keeps the bound of its output though the handler does not wait", async () => {
  const target = new Out<string>();
  const sink = target.subscribe({ capacity: 4 });
  const { outs: [out], loop } = createLoop({
    handlers: [(text) => void target.publish(text)],
    outputs: [target],
  });
  for (let i = 0; i < 100; i++) void out!.publish(`${i}`);
  out!.close();
  const ended = loop.start();
  await nextTurn();
  assert.equal(sink.size, 4);
  assert.equal(target.published, 4);
  let most = 0;
  const got: string[] = [];
  for (let i = 0; i < 100; i++) {
    most = Math.max(most, sink.size);
    got.push((await sink.next()).value!);
  }
  await ended;
  assert.ok(most <= 4);
  assert.deepEqual(got, Array.from({ length: 100 }, (_, i) => `${i}`));
});

Deno.test("HandlerLoop fails with the very error that a handler throws or rejects with", async () => {
  const failure = new Error("sensor on fire");
  for (
    const handler of [() => {
      throw failure;
    }, () => Promise.reject(failure)]
  ) {
    const one = createLoop({ handlers: [handler] });
    void one.outs[0]!.publish("a");
    await assert.rejects(one.loop.start(), failure);
    const two = createLoop({ handlers: [() => {}, handler] });
    void two.outs[1]!.publish("a");
    await assert.rejects(two.loop.start(), failure);
  }
});

Deno.test("HandlerLoop handles messages of several inputs in the order of publication and ends with the last input", async () => {
  const got: string[] = [];
  const handler = (text: string) => void got.push(text);
  const { outs, loop } = createLoop({ handlers: [handler, handler, handler] });
  const ended = loop.start();
  for (const [out, text] of [[2, "1"], [0, "2"], [0, "3"], [1, "4"]] as const) void outs[out]!.publish(text);
  outs[0]!.close();
  await nextTurn();
  for (const [out, text] of [[1, "5"], [2, "6"], [1, "7"]] as const) void outs[out]!.publish(text);
  outs[2]!.close();
  await nextTurn();
  void outs[1]!.publish("8");
  outs[1]!.close();
  await ended;
  assert.equal(got.join(""), "12345678");
});

Deno.test("HandlerLoop lets the event loop turn when the slice is spent", async () => {
  for (const count of [1, 2]) {
    let turns = 0;
    const slice = createSlice({ nextTurn: () => (turns++, nextTurn()), operations: 9 });
    const { outs, loop } = createLoop({ handlers: Array.from({ length: count }, () => () => {}), slice });
    for (let i = 0; i < 100; i++) void outs[0]!.publish(`${i}`);
    for (const out of outs) out.close();
    await loop.start();
    assert.equal(turns, 10);
  }
});

Deno.test("HandlerLoop gives no message to a handler after its input was left", async () => {
  const got: unknown[] = [];
  const { outs: [out], inputs: [input], loop } = createLoop({
    handlers: [(text) => {
      got.push(text);
      input!.close();
    }],
  });
  void out!.publish("a");
  void out!.publish("b");
  await loop.start();
  assert.deepEqual(got, ["a"]);
});

Deno.test("HandlerLoop follows the order of its journal", async () => {
  const frames: Uint8Array[] = [];
  const writer = new JournalWriter(0, (frame) => frames.push(frame.slice()));
  const then: string[] = [];
  const live = createLoop({ handlers: [(t) => void then.push(t), (t) => void then.push(t)], journal: writer });
  const texts = [[0, "a1"], [1, "b1"], [1, "b2"], [0, "a2"]] as const;
  for (const [out, text] of texts) void live.outs[out]!.publish(text);
  for (const out of live.outs) out.close();
  await live.loop.start();
  writer.flush();

  const now: string[] = [];
  const journal = new JournalReader(0, frames, { isWhole: true });
  const replay = createLoop({ handlers: [(t) => void now.push(t), (t) => void now.push(t)], journal });
  const ended = replay.loop.start();
  for (const text of ["b1", "b2"]) void replay.outs[1]!.publish(text);
  await nextTurn();
  assert.deepEqual([now, replay.loop.held], [[], true]);
  for (const text of ["a1", "a2"]) void replay.outs[0]!.publish(text);
  for (const out of replay.outs) out.close();
  await ended;
  assert.deepEqual(now, then);
});

Deno.test("HandlerLoop goes on in the order of today when its journal is abandoned, and only once", async () => {
  const frames: Uint8Array[] = [];
  const writer = new JournalWriter(0, (frame) => frames.push(frame.slice()));
  for (const source of [0, 1]) writer.turn(source);
  writer.flush();
  const got: string[] = [];
  let inside = 0;
  const handler = async (text: string) => {
    assert.equal(++inside, 1, "one message at a time");
    got.push(text);
    await nextTurn();
    inside--;
  };
  const { outs, loop } = createLoop({
    handlers: [handler, handler],
    journal: new JournalReader(0, frames, { isWhole: true }),
  });
  const ended = loop.start();
  void outs[1]!.publish("b1");
  void outs[1]!.publish("b2");
  await nextTurn();
  assert.deepEqual([got, loop.held], [[], true]);
  loop.abandonJournal();
  await null;
  await null;
  assert.equal(loop.held, false, "it is busy with a message");
  loop.abandonJournal();
  void outs[0]!.publish("a1");
  for (const out of outs) out.close();
  await ended;
  assert.deepEqual(got, ["b1", "b2", "a1"]);
});

Deno.test("HandlerLoop with one input needs no journal to know what comes next", async () => {
  const frames: Uint8Array[] = [];
  const writer = new JournalWriter(0, (frame) => frames.push(frame.slice()));
  writer.clock(7);
  writer.flush();
  const got: string[] = [];
  const journal = new JournalReader(0, frames, { isWhole: true });
  const { outs: [out], loop } = createLoop({
    handlers: [(text) => void got.push(`${text} at ${journal.clock(1)}`)],
    journal,
  });
  const ended = loop.start();
  await nextTurn();
  void out!.publish("a");
  await nextTurn();
  void out!.publish("b");
  out!.close();
  await ended;
  assert.deepEqual(got, ["a at 7", "b at 7"], "the reading was not passed over, and later ones never go back");
});

Deno.test("HandlerLoop fails when its journal cannot be read", async () => {
  const journal = new JournalReader(0, [Uint8Array.of(0, 2, 0), Uint8Array.of(0, 0x80)], { isWhole: true });
  const { outs, loop } = createLoop({ handlers: [() => {}, () => {}], journal });
  void outs[0]!.publish("a");
  await assert.rejects(loop.start(), { code: "CODEC" });
});
