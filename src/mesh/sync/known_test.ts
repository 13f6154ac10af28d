import assert from "node:assert/strict";
import { TestWriter } from "../_writer.ts";
import type { Feeds } from "../feeds.ts";
import { createFeeds, meet, runsOf } from "./_meet.ts";
import { createRandom } from "../../random/mod.ts";

const heads = (feeds: Feeds) => Object.fromEntries([...feeds.all()].map(({ name, last }) => [name, last]));

Deno.test("S8 after a whole contact each is known to have all, of forked devices too", () => {
  const [ann, bob] = [new TestWriter("ann"), new TestWriter("bob")];
  const shared = runsOf(ann, 30);
  const copy = ann.clone();
  const a = createFeeds([...shared, ...runsOf(ann, 10)]);
  const b = createFeeds([...shared, ...runsOf(copy, 6), ...runsOf(bob, 20)]);
  for (const isReliable of [true, false]) {
    const { known } = meet(a, b, { a: { isReliable }, b: { isReliable } });
    assert.deepEqual([known.a, known.b].map((each) => each!.has), [heads(a), heads(b)]);
    assert.deepEqual([known.a!.ahead, known.a!.unknownEvents], [{}, 0]);
  }
});

Deno.test("S8 who has the same is known to have all, and who never answered is not known", () => {
  const runs = runsOf(new TestWriter("ann"), 30);
  const [a, b] = [createFeeds(runs), createFeeds(runs)];
  const { known } = meet(a, b);
  assert.deepEqual([known.a!.has, known.b!.has], [heads(a), heads(b)]);
  assert.deepEqual(meet(a, createFeeds(), { cutAfter: 0 }).known, { a: undefined, b: undefined });
});

Deno.test("S8 however a contact breaks, nobody is known to have what it has not, and what it lacked is known", () => {
  const [ann, bob, cat] = ["ann", "bob", "cat"].map((name) => new TestWriter(name));
  const [anns, bobs, cats] = [runsOf(ann!, 400, 20), runsOf(bob!, 90), runsOf(cat!, 30)];
  const seen = { parts: 0, behind: 0 };
  for (let i = 0; i < 60; i++) {
    const [cutAfter, isReliable, seed] = [2 + i, i % 2 === 0, `${i}`];
    const a = createFeeds([...anns, ...bobs.slice(0, 10)]);
    const b = createFeeds([...anns.slice(0, createRandom(seed).int(20)), ...bobs, ...cats]);
    const small = { maxBytes: 200, patienceMs: 10_000, isReliable };
    const { known } = meet(a, b, { cutAfter, seed, a: small, b: small });
    for (const [what, of] of [[known.a, b], [known.b, a]] as const) {
      for (const [name, seq] of Object.entries(what?.has ?? {})) {
        assert.ok(seq <= (of.get(name)?.last ?? 0), `${name}, cut after ${cutAfter}`);
      }
    }
    const has = known.a?.has[anns[0]!.device] ?? 0;
    if (has > 0 && has < 400) seen.parts++;
    const ahead = known.a?.ahead[bobs[0]!.device];
    if (ahead === undefined) continue;
    assert.equal(ahead, 90);
    seen.behind++;
  }
  assert.ok(seen.parts > 2 && seen.behind > 2, JSON.stringify(seen));
});

Deno.test("S8 of what went, only what the other says that it has read is known to be there", () => {
  const [random, ann] = [createRandom("texts"), new TestWriter("ann")];
  const runs = Array.from({ length: 400 }, (_, i) => {
    const payload = { record: `R-${i}`, field: "a", value: random.bytes(60).toHex() };
    return ann.run({ kind: "field.set", payload });
  });
  const small = { maxBytes: 200, patienceMs: 10_000, isReliable: true };
  const between = [60, 95, 110].filter((cutAfter) => {
    const [a, b] = [createFeeds(runs), createFeeds()];
    const { known, a: { sentEvents } } = meet(a, b, { cutAfter, a: small, b: small });
    const has = known.a!.has[runs[0]!.device] ?? 0;
    assert.ok(has <= (b.get(runs[0]!.device)?.last ?? 0) && has < sentEvents, `${has} of ${sentEvents}`);
    return has > 0;
  });
  assert.ok(between.length > 1, `${between}`);
});
