import assert from "node:assert/strict";
import { VirtualClock } from "../clock/mod.ts";
import { createLinkPair } from "../link/mod.ts";
import { START_MS, testKey } from "./_writer.ts";
import { gossipOriginal, type OriginalEvent, OriginalPeer } from "./original/mod.ts";
import { OriginalBridge } from "./original_bridge.ts";
import { Replica } from "./replica.ts";

const startNs = BigInt(START_MS) * 1_000_000n;

function createScene() {
  const clock = new VirtualClock(startNs);
  const info = { name: "survey", founder: testKey("ana").device, nonce: "00".repeat(16) };
  const replica = new Replica({ info, key: testKey("ana"), clock });
  const kept: OriginalEvent[] = [];
  const open = () =>
    new OriginalBridge(replica, {
      clock,
      author: "Ana",
      events: [...kept],
      keep: (events) => void kept.push(...events),
      problem: (message) => assert.fail(message),
    });
  const node = new OriginalPeer({ author: "node", clock });
  let seconds = 0;
  return {
    clock,
    replica,
    node,
    open,
    kept,
    /** Lets both gossip for a while. */
    async gossip(bridge: OriginalBridge) {
      const pair = createLinkPair({ kind: "datagrams", maxBytes: 60_000 });
      const stop = new AbortController();
      const { signal } = stop;
      const both = [gossipOriginal(node, pair.a, { clock, signal }), bridge.gossip(pair.b, { signal })];
      await clock.runTo(startNs + BigInt(seconds += 25) * 1_000_000_000n);
      stop.abort();
      await Promise.all(both);
    },
  };
}

const field = (replica: Replica, name: string) => replica.view.record("R-1")?.fields.get(name)?.value;

Deno.test("P8 OriginalBridge writes on each side what the other wrote, once, and the latest stamp wins on both", async () => {
  const { replica, node, open, gossip, kept } = createScene();
  replica.write({ kind: "record.create", record: "R-1", form: "site" });
  replica.write({ kind: "field.set", record: "R-1", field: "status", value: "OPEN" });
  replica.write({ kind: "note.add", record: "R-1", text: "ours" });
  using bridge = open();
  await gossip(bridge);
  const record = () => node.view().records.get("R-1")!;
  assert.deepEqual([record().form, record().fields.get("status"), record().notes], ["site", "OPEN", ["ours"]]);
  node.emit("field.set", { record_id: "R-1", field: "status", value: "CLOSED" });
  node.emit("field.set", { record_id: "R-1", field: "n", value: 7 });
  node.emit("note.add", { record_id: "R-1", text: "theirs" });
  await gossip(bridge);
  assert.deepEqual([field(replica, "status"), field(replica, "n")], ["CLOSED", 7]);
  assert.deepEqual(replica.view.record("R-1")?.notes.map(({ text }) => text.replace(/,.*/, "")), [
    "ours",
    "theirs — node",
  ]);
  replica.write({ kind: "field.set", record: "R-1", field: "status", value: "BROKEN" });
  await gossip(bridge);
  assert.equal(record().fields.get("status"), "BROKEN");
  const events = kept.length;
  await gossip(bridge);
  assert.deepEqual([kept.length, record().notes.length], [events, 2]);
});

Deno.test("P8 OriginalBridge goes on after a restart: what was written meanwhile goes over, nothing goes twice", async () => {
  const { replica, node, open, gossip, kept } = createScene();
  {
    using bridge = open();
    replica.write({ kind: "record.create", record: "R-1", form: "site" });
    node.emit("note.add", { record_id: "R-1", text: "theirs" });
    await gossip(bridge);
  }
  replica.write({ kind: "field.set", record: "R-1", field: "a", value: [1, { b: null }] });
  using bridge = open();
  await gossip(bridge);
  assert.deepEqual([...node.view().records.get("R-1")!.fields.keys()], ["a"]);
  assert.equal(replica.view.record("R-1")?.notes.length, 1);
  assert.equal(kept.length, 3);
});

Deno.test("P12 OriginalBridge goes on after a value that has no place here, and says which it was", async () => {
  const { replica, node, gossip, clock } = createScene();
  const problems: string[] = [];
  using bridge = new OriginalBridge(replica, {
    clock,
    author: "Ana",
    keep: () => {},
    problem: (message) => void problems.push(message),
  });
  node.emit("record.create", { record_id: "R-1", form: "site" });
  node.emit("field.set", { record_id: "R-1", field: "large", value: "x".repeat(20_000) });
  await gossip(bridge);
  node.emit("field.set", { record_id: "R-1", field: "small", value: 7 });
  await gossip(bridge);
  assert.deepEqual([field(replica, "large"), field(replica, "small")], [undefined, 7]);
  assert.match(problems[0]!, /^a field.set of the original has no place here: it has 200\d\d bytes, more than 14336$/);
});

Deno.test("a bridge says of one link what is wrong a few times, however much is", async () => {
  const { clock, replica } = createScene();
  const said: string[] = [];
  const problem = (message: string) => void said.push(message);
  using bridge = new OriginalBridge(replica, { clock, author: "Ana", keep: () => {}, problem });
  const pair = createLinkPair({ kind: "datagrams", maxBytes: 60_000 });
  const stop = new AbortController();
  const gossip = bridge.gossip(pair.b, { signal: stop.signal });
  for (let i = 0; i < 1000; i++) await pair.a.send(new TextEncoder().encode("{"));
  await clock.runTo(startNs + 1_000_000_000n);
  stop.abort();
  await gossip;
  assert.equal(said.length, 21);
  assert.match(said[20]!, /not said any more/);
});
