import assert from "node:assert/strict";
import { TestWriter } from "../_writer.ts";
import { payloadHash } from "../event.ts";
import { contents, createFeeds, meet, runsOf } from "./_meet.ts";

Deno.test("S16 what an event says is asked of who has it, though both have the same heads", () => {
  const runs = runsOf(new TestWriter("a"), 9);
  const [whole, bare] = [createFeeds(runs), createFeeds(runs)];
  const [feed] = bare.all();
  feed!.erase(5, payloadHash(feed!.at(5)!));
  const missing = () =>
    feed!.at(5)!.payload === undefined ? [{ device: feed!.device, seq: 5, check: feed!.checkAt(5)! }] : [];
  const { a, b } = meet(bare, whole, { a: { missing }, loss: 0.2 });
  assert.deepEqual([a.status, b.status], ["done", "done"]);
  assert.deepEqual(feed!.at(5), [...whole.all()][0]!.at(5));
  assert.deepEqual(contents(bare), contents(whole));
  // And nothing is asked for again.
  assert.equal(meet(bare, whole, { a: { missing } }).bytes, meet(bare, whole).bytes);
});

Deno.test("S16 what the other does not have either is no obstacle", () => {
  const runs = runsOf(new TestWriter("a"), 3);
  const both = [createFeeds(runs), createFeeds(runs)] as const;
  for (const feeds of both) for (const feed of feeds.all()) feed.erase(2, payloadHash(feed.at(2)!));
  const [feed] = both[0].all();
  const missing = () => [{ device: feed!.device, seq: 2, check: feed!.checkAt(2)! }];
  const { a, b } = meet(...both, { a: { missing }, b: { missing } });
  assert.deepEqual([a.status, b.status], ["done", "done"]);
  assert.equal(feed!.at(2)?.payload, undefined);
});
