import assert from "node:assert/strict";
import { VirtualClock } from "../clock/mod.ts";
import { START_MS, testKey } from "./_writer.ts";
import { OwnFeed } from "./own_feed.ts";
import { Replica } from "./replica.ts";
import { runsOf } from "./runs_of.ts";

const info = {
  name: "survey",
  founder: testKey("founder").device,
  nonce: "00".repeat(16),
  writers: "anybody",
} as const;

function openReplica(name: string, ms = START_MS): Replica {
  return new Replica({ info, key: testKey(name), clock: new VirtualClock(BigInt(ms) * 1_000_000n) });
}

const set = (value: string) => ({ kind: "field.set", record: "R-1", field: "status", value } as const);

Deno.test("F9 OwnFeed.isBehind is true while somebody has more of it than is here", () => {
  using replica = openReplica("ana");
  const own = new OwnFeed(replica.feeds, replica.key.device);
  assert.deepEqual([own.last, own.theirs, own.isBehind], [0, 0, false]);
  own.note(2);
  own.note(1);
  assert.deepEqual([own.theirs, own.isBehind], [2, true]);
  replica.write(set("a"), set("b"));
  assert.deepEqual([own.last, own.isBehind], [2, false]);
});

Deno.test("OwnFeed.branch is a feed that nobody has before the first event, and then the one it is in", () => {
  using replica = openReplica("ana");
  const own = new OwnFeed(replica.feeds, replica.key.device);
  assert.deepEqual([own.branch.next, [...replica.feeds.all()].length], [1, 0]);
  replica.write(set("a"));
  assert.equal(own.branch, replica.feeds.of(replica.key.device)[0]);
});

Deno.test("F9 OwnFeed.branch of a device that was copied is the one with the latest event, and last is that of the longest", () => {
  using early = openReplica("ana");
  using late = openReplica("ana", START_MS + 60_000);
  using reader = openReplica("ben", START_MS + 120_000);
  early.write(set("a"), set("b"), set("c"));
  late.write(set("x"));
  for (const each of [early, late]) for (const feed of each.feeds.all()) reader.ingest(...runsOf(feed));
  const own = new OwnFeed(reader.feeds, early.key.device);
  assert.equal(reader.feeds.of(early.key.device).length, 2);
  assert.deepEqual([own.branch.last, own.branch.at(1)?.payload?.value, own.last], [1, "x", 3]);
});
