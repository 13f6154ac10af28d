// Goal: who has the same key meets, and nobody is lost without being counted. The tests of the Python original for this
// (test_rendezvous.py) have their equals here; its receivers and its publisher are one builder:
//
//   returns_correct_number_of_components, receivers_have_correct_indices,
//   receivers_require_correct_topics, share_same_internal_topic, unique_topic_per_call   rendezvous() is one builder …
//   receiver_tags_artifact_…, receiver_preserves_complex_artifacts,
//   index_unpacking (2), result_ordering_by_stream_index    … gives one of each, as it is, in the order of `requires`
//   joins_matching_keys_from_two_streams, three_way, full_rendezvous_pipeline_two_streams
//                                                           … gives one of each, as it is, in the order of `requires`
//   uses_different_key_functions, preserves_key_functions   … has a key for each requirement
//   handles_multiple_different_keys, with_unmatched_items   … joins keys in the order in which they are complete
//   fixed_duplicate_key_… (2), overwrite_duplicates_is_default, reject_duplicates_raises   duplicates
//   orphaned_keys_can_be_cleaned, key_cleaned_up_after_match, orphan_policy_evicts_oldest  orphans
//   bug_key_extraction_failure_handling                     a key that throws …
//   single_stream, none_key, tuple_key, empty_value         … takes any key and any value
//   validates_keys_count, handles_generator_keys            … takes as many keys as requirements
import assert from "node:assert/strict";
import fc from "fast-check";
import { artifactsOf, builtOf } from "./_drive.ts";
import { builder } from "./builder.ts";
import { Resolve } from "./builder_events.ts";
import type { Orphan } from "./key_join.ts";
import { rendezvous, type RendezvousOptions } from "./rendezvous.ts";

interface Item {
  readonly id: unknown;
  readonly say?: unknown;
}
const byId = ({ id }: Item) => id;

/** Joins streams `a`, `b`, … of these: pairs of stream and artifact. */
async function meet(
  said: readonly (readonly [stream: string, artifact: unknown])[],
  options: Partial<RendezvousOptions> = {},
) {
  const requires = options.requires ?? ["a", "b"] as const;
  const keys = options.keys ?? requires.map(() => byId);
  const made = rendezvous({ provides: "met", orphansTo: "lost", ...options, requires, keys });
  const outside = [...requires];
  const lost: unknown[] = [];
  const bin = builder({
    provides: "bin",
    requires: ["lost"],
    dedupe: false,
    build: (_, it: Orphan) => void lost.push(it),
  });
  const builders = options.orphansTo === undefined && "orphansTo" in options ? [made] : [made, bin];
  const asked = builders.map(({ provides }) => Resolve({ target: provides }));
  const events = [...asked, ...said.flatMap(([s, it]) => builtOf(s, it))];
  return { met: await artifactsOf("met", { builders, outside, events }), lost: lost as Orphan[], made };
}

Deno.test("rendezvous() is one builder, which several may be made of the same targets", async () => {
  const make = (provides: string) => rendezvous({ provides, requires: ["a", "b"], keys: [byId, byId] });
  const builders = [make("met"), make("again")];
  const events = [
    Resolve({ target: "met" }),
    Resolve({ target: "again" }),
    ...builtOf("a", { id: 1 }),
    ...builtOf("b", { id: 1 }),
  ];
  assert.deepEqual(await artifactsOf("again", { builders, outside: ["a", "b"], events }), [[{ id: 1 }, { id: 1 }]]);
  assert.deepEqual(builders.map(({ requires, name }) => [name, ...requires]), [["met", "a", "b"], ["again", "a", "b"]]);
});

Deno.test("rendezvous() gives one of each, as it is, in the order of `requires`", async () => {
  const [x, y, z] = ["x", "y", "z"].map((say) => ({ id: 1, say, deep: { list: [1, [2]] } }));
  assert.deepEqual((await meet([["a", x], ["b", y]])).met, [[x, y]]);
  assert.deepEqual((await meet([["b", y], ["a", x]])).met, [[x, y]]);
  const three = await meet([["c", z], ["a", x], ["b", y]], { requires: ["a", "b", "c"] });
  assert.deepEqual(three.met, [[x, y, z]]);
});

Deno.test("rendezvous() has a key for each requirement, and takes as many keys as requirements", async () => {
  const keys = [({ id }: Item) => id, ({ say }: Item) => say];
  assert.deepEqual((await meet([["a", { id: 7 }], ["b", { id: 0, say: 7 }]], { keys })).met.length, 1);
  const generated = (function* () {
    yield* keys;
  })();
  assert.deepEqual((await meet([["a", { id: 7 }], ["b", { id: 0, say: 7 }]], { keys: generated })).met.length, 1);
  const wrong = { provides: "met", requires: ["a", "b", "c"] as const, keys };
  assert.throws(() => rendezvous(wrong), { message: "Cannot join 3 targets by 2 keys: expected one for each" });
  for (const requires of [["a", "a"], ["a", "*b"]] as const) {
    assert.throws(() => rendezvous({ ...wrong, requires }), { message: /expected different targets/ });
  }
});

Deno.test("rendezvous() joins keys in the order in which they are complete, and leaves the others", async () => {
  const item = (id: unknown) => ({ id });
  const said = [["a", item(1)], ["a", item(2)], ["b", item(3)], ["b", item(2)], ["b", item(1)]] as const;
  const { met, made } = await meet(said);
  assert.deepEqual(met, [[item(2), item(2)], [item(1), item(1)]]);
  assert.equal(made.pending, 1);
});

Deno.test("rendezvous() takes any key and any value, and one requirement alone", async () => {
  for (const id of [undefined, null, "", 0, NaN, 5n, true, [1, { a: 2 }], { x: 1, y: 2 }]) {
    assert.equal((await meet([["a", { id }], ["b", { id: structuredClone(id) }]])).met.length, 1, String(id));
  }
  const keys = [() => "same", () => "same"];
  assert.deepEqual((await meet([["a", ""], ["b", 0]], { keys })).met, [["", 0]]);
  assert.deepEqual((await meet([["a", "x"]], { requires: ["a"], keys: [() => 1] })).met, [["x"]]);
});

Deno.test("duplicates take the place of what they repeat, which is an orphan; are an error; or wait", async () => {
  const said = [
    ["a", { id: 1, say: "first" }],
    ["a", { id: 1, say: "second" }],
    ["b", { id: 1, say: "x" }],
    ["b", { id: 1, say: "y" }],
  ] as const;
  const says = (met: unknown[]) => (met as Item[][]).map((items) => items.map(({ say }) => say));
  const overwritten = await meet(said);
  assert.deepEqual(says(overwritten.met), [["second", "x"]]);
  assert.deepEqual(overwritten.lost, [{ target: "a", key: 1, artifact: said[0][1], why: "overwritten" }]);
  assert.equal(overwritten.made.orphans, 1);
  const queued = await meet(said, { duplicates: "queue" });
  assert.deepEqual(says(queued.met), [["first", "x"], ["second", "y"]]);
  await assert.rejects(meet(said, { duplicates: "reject" }), {
    code: "PROCESSOR",
    message: /Cannot join "met": "a" has key 1 twice/,
  });
  const skipped = await meet(said, { duplicates: "reject", onError: "skip" });
  assert.deepEqual(says(skipped.met), [["first", "x"]]);
});

Deno.test("orphans wait, and too many of them are an error", async () => {
  const many = Array.from({ length: 1000 }, (_, id) => ["a", { id }] as const);
  assert.equal((await meet(many)).made.pending, 1000);
  await assert.rejects(meet(many, { maxPending: 999 }), { message: /Cannot join "met": 999 artifacts wait/ });
  const joined = many.flatMap((said) => [said, ["b", said[1]] as const]);
  assert.equal((await meet(joined, { maxPending: 2 })).met.length, 1000);
});

Deno.test('orphans: "evict" lets go of the key that waits longest', async () => {
  const said = [["a", { id: 1 }], ["a", { id: 2 }], ["a", { id: 3 }], ["b", { id: 2 }], ["b", { id: 1 }]] as const;
  const { met, lost, made } = await meet(said, { orphans: "evict", maxPending: 2 });
  assert.deepEqual(met, [[{ id: 2 }, { id: 2 }]]);
  assert.deepEqual(lost.map(({ target, key, why }) => [target, key, why]), [["a", 1, "evicted"]]);
  assert.deepEqual([made.orphans, made.pending], [1, 2]);
  const same = [["a", { id: 1 }], ["a", { id: 1 }], ["a", { id: 1 }]] as const;
  await assert.rejects(meet(same, { orphans: "evict", duplicates: "queue", maxPending: 2 }), {
    message: /2 artifacts wait/,
  });
});

Deno.test('orphans: "phase" lets go of all that wait at the end of a phase', async () => {
  const { lost, made } = await meet([["a", { id: 1 }], ["b", { id: 2 }]], { orphans: "phase" });
  assert.deepEqual(lost.map(({ target, key, why }) => [target, key, why]), [["a", 1, "phase"], ["b", 2, "phase"]]);
  assert.deepEqual([made.orphans, made.pending], [2, 0]);
});

Deno.test("orphans are counted also when there is no target for them", async () => {
  const { made } = await meet([["a", { id: 1 }]], { orphans: "phase", orphansTo: undefined });
  assert.equal(made.orphans, 1);
});

Deno.test("a key that throws fails its artifact alone", async () => {
  const keys = [byId, (): never => {
    throw new Error("no key");
  }];
  await assert.rejects(meet([["a", { id: 1 }], ["b", {}]], { keys }), { code: "PROCESSOR", message: /no key/ });
  const { made } = await meet([["a", { id: 1 }], ["b", {}]], { keys, onError: "skip" });
  assert.equal(made.pending, 1);
});

Deno.test("rendezvous() loses nobody: who did not meet is an orphan or waits", async () => {
  const said = fc.array(fc.tuple(fc.constantFrom("a", "b", "c"), fc.record({ id: fc.integer({ min: 0, max: 4 }) })), {
    maxLength: 40,
  });
  await fc.assert(
    fc.asyncProperty(
      said,
      fc.constantFrom(["overwrite", "evict"], ["overwrite", "phase"], ["queue", "phase"]),
      async (said, [duplicates, orphans]) => {
        const options = { duplicates, orphans, maxPending: orphans === "evict" ? 6 : 99 } as Partial<RendezvousOptions>;
        const { met, lost, made } = await meet(said, { ...options, requires: ["a", "b", "c"] });
        const waiting = said.length - 3 * met.length - lost.length;
        assert.ok(orphans === "evict" ? waiting >= 0 && waiting <= 6 : waiting === 0, `${waiting} wait`);
        assert.equal(made.pending > 0, waiting > 0);
        assert.equal(made.orphans, lost.length);
        assert.ok((met as Item[][]).every((items) => new Set(items.map(byId)).size === 1));
      },
    ),
    { numRuns: 100 },
  );
});
