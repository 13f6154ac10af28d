// Goal: who looks slows nothing. Method: the work is counted, not timed: what a source is asked for and what is written down is
// the same with 20 pages as with none. tests/inspector/server_test.ts times it, on a machine that is quiet.
import assert from "node:assert/strict";
import { FakePage, openFixture } from "./_fixture.ts";
import { encodeLive } from "./page/live_message.ts";
import { LiveSession } from "./live.ts";

const PAGES = 20;

/** Counts what an inspector does in 10 s with so many pages, while a thousand values go through a channel. */
async function work({ pages, credit }: { readonly pages: number; readonly credit: number }) {
  const fixture = openFixture();
  const { source, clock } = fixture;
  const did = { looks: 0, jsons: 0, tails: 0, encoded: 0, messages: 0 };
  const look = source.look.bind(source);
  // What is written as JSON counts how often that is.
  const message = { toJSON: () => `written ${++did.jsons}` } as unknown as string;
  source.look = () => {
    did.looks++;
    return { ...look(), warnings: [{ timeNs: 0n, level: "warn", node: "", message }] };
  };
  const tail = source.tail.bind(source);
  source.tail = (channel, options) => {
    did.tails++;
    return tail(channel, options);
  };
  const opened: FakePage[] = [];
  for (let i = 0; i < pages; i++) {
    const page = await FakePage.open(fixture) as FakePage;
    page.send(1, { op: "open", topic: "snapshot", source: "1", credit });
    opened.push(page);
  }
  for (let i = 0; i < 100; i++) {
    for (let j = 0; j < 10; j++) source.publish({ i, j });
    await clock.runTo(clock.now() + 100_000_000n);
  }
  did.messages = opened.reduce((sum, { got }) => sum + got.length, 0);
  return did;
}

Deno.test("a source is looked at as often for 20 pages as for none, and nobody listens to its channels", async () => {
  const alone = await work({ pages: 0, credit: 0 });
  assert.deepEqual([alone.looks, alone.jsons, alone.tails], [20, 0, 0]);
  assert.deepEqual(await work({ pages: PAGES, credit: 1 }), { ...alone, jsons: 1, messages: PAGES });
});

Deno.test("what 20 pages get that take all is written down once for each look, for all of them", async () => {
  const one = await work({ pages: 1, credit: 16 });
  assert.deepEqual([one.looks, one.jsons, one.messages], [20, 16, 16]);
  assert.deepEqual(await work({ pages: PAGES, credit: 16 }), { ...one, messages: 16 * PAGES });
});

Deno.test("a subscription is asked once for each credit that the page gave, and not at all without", () => {
  let [polls, sent] = [0, 0];
  const socket = { bufferedBytes: 0, send: () => void sent++, close: () => assert.fail("it was closed") };
  using session = new LiveSession(socket, {
    ticks: () => ({ poll: () => ({ json: { tick: polls++ } }), [Symbol.dispose]() {} }),
  });
  session.receive(encodeLive(1, { json: { op: "open", topic: "ticks", credit: 3 } }));
  for (let i = 0; i < 1000; i++) session.pump();
  assert.deepEqual([polls, sent], [3, 3]);
  session.receive(encodeLive(1, { json: { op: "credit", credit: 1 } }));
  for (let i = 0; i < 1000; i++) session.pump();
  assert.deepEqual([polls, sent], [4, 4]);
  // Nor is it asked while what it said last waits to be sent.
  Object.assign(socket, { bufferedBytes: 2 ** 20 + 1 });
  session.receive(encodeLive(1, { json: { op: "credit", credit: 16 } }));
  for (let i = 0; i < 1000; i++) session.pump();
  assert.equal(polls, 4);
});
