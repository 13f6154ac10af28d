import assert from "node:assert/strict";
import fc from "fast-check";
import { testKey } from "../_writer.ts";
import { type MeshEvent, payloadHash } from "../event.ts";
import type { Run } from "../run.ts";
import { createPeer, openSaid, runsOfHistory, shownBy, steps } from "./_histories.ts";
import { naiveCanonical } from "./_oracle.ts";

const mayErase = (device: string) => device === testKey("a").device;
const NUM_RUNS = 60;

/** All runs in some order; what came too early comes again. */
function deliver(feeds: ReturnType<typeof createPeer>["feeds"], runs: readonly Run[]): void {
  for (let round = 0; round <= runs.length; round++) {
    const open = runs.filter((run) => feeds.ingest(run).status !== "known");
    if (open.length === 0) return;
  }
  assert.fail("some run never came in");
}

Deno.test("V1 any order gives the bytes that the rules give over the whole set", () => {
  fc.assert(
    fc.property(steps, fc.infiniteStream(fc.nat()), (history, chance) => {
      const runs = runsOfHistory(history);
      const expected = naiveCanonical(runs, { mayErase });
      const digests = new Set<string>();
      const first = createPeer({ mayErase });
      deliver(first.feeds, runs);
      for (let i = 0; i < 3; i++) {
        const { feeds, view } = createPeer({ mayErase });
        deliver(feeds, shuffled(runs, () => chance.next().value));
        assert.equal(view.canonical().toHex(), expected.toHex());
        assert.deepEqual(shownBy(view), shownBy(first.view));
        digests.add(view.digest.toHex());
      }
      assert.equal(digests.size, 1);
    }),
    { numRuns: NUM_RUNS },
  );
});

Deno.test("V1 a removal gives the same bytes whether it was known before or after", () => {
  fc.assert(
    fc.property(
      steps,
      fc.infiniteStream(fc.nat()),
      fc.constantFrom("a", "b"),
      fc.nat(4),
      (history, chance, who, cutoff) => {
        const runs = runsOfHistory(history);
        const removed = testKey(who).device;
        const counts = (device: string, seq: number) => device !== removed || seq <= cutoff;
        const expected = naiveCanonical(runs, { mayErase, counts });
        const before = createPeer({ mayErase, counts: ({ device }, seq) => counts(device, seq) });
        deliver(before.feeds, shuffled(runs, () => chance.next().value));
        assert.equal(before.view.canonical().toHex(), expected.toHex());
        let isRemoved = false;
        const after = createPeer({ mayErase, counts: ({ device }, seq) => !isRemoved || counts(device, seq) });
        deliver(after.feeds, shuffled(runs, () => chance.next().value));
        const all = after.view.canonical();
        isRemoved = true;
        after.view.recount(removed);
        // What a removed device had erased is gone where it was believed, and comes from those who still have it.
        if (after.view.missing().length > 0) { for (const run of runs) after.feeds.ingest(run); }
        assert.deepEqual(after.view.missing(), []);
        assert.equal(after.view.canonical().toHex(), expected.toHex());
        assert.deepEqual(after.view.digest, before.view.digest);
        isRemoved = false;
        after.view.recount(removed);
        assert.deepEqual(after.view.canonical(), all);
      },
    ),
    { numRuns: NUM_RUNS },
  );
});

Deno.test("V1 what a relay has left out is missed, and taken from whoever has it", () => {
  fc.assert(
    fc.property(steps, fc.infiniteStream(fc.boolean()), (history, chance) => {
      const runs = runsOfHistory(history);
      const { feeds, view } = createPeer({ mayErase });
      deliver(feeds, runs.map((run) => ({ ...run, events: run.events.map((e) => chance.next().value ? bare(e) : e) })));
      for (const run of runs) feeds.ingest(run);
      assert.deepEqual(view.missing(), []);
      assert.deepEqual(view.canonical(), naiveCanonical(runs, { mayErase }));
    }),
    { numRuns: NUM_RUNS },
  );
});

Deno.test("V1 what was sealed adds up to the same when its key comes last", () => {
  fc.assert(
    fc.property(steps, fc.infiniteStream(fc.nat()), fc.nat(50), fc.nat(9), (history, chance, at, more) => {
      const runs = runsOfHistory(history, { isSealed: true });
      let hasKey = false;
      const { feeds, view } = createPeer({ mayErase, open: (event) => hasKey ? openSaid(event) : undefined });
      const order = shuffled(runs, () => chance.next().value);
      for (const run of order.slice(0, at)) feeds.ingest(run);
      // What comes together with the key is taken before all is opened.
      hasKey = true;
      for (const run of order.slice(at, at + more)) feeds.ingest(run);
      view.reopen();
      deliver(feeds, order);
      assert.equal(view.sealed, 0);
      assert.equal(view.canonical().toHex(), naiveCanonical(runs, { mayErase }).toHex());
    }),
    { numRuns: NUM_RUNS },
  );
});

Deno.test("V1 all that is read of a random history is there, and nothing throws", () => {
  fc.assert(
    fc.property(steps, (history) => {
      const { feeds, view } = createPeer({ mayErase });
      deliver(feeds, runsOfHistory(history));
      view.conflicts();
      for (const { id } of view.records({ includeDeleted: true })) {
        assert.equal(view.record(id)?.id, id);
        view.history(id);
      }
    }),
    { numRuns: NUM_RUNS },
  );
});

function bare(event: MeshEvent): MeshEvent {
  const { wallMs, counter, kind } = event;
  return { wallMs, counter, kind, payload: undefined, payloadHash: payloadHash(event) };
}

function shuffled<T>(items: readonly T[], chance: () => number): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = chance() % (i + 1);
    [result[i], result[j]] = [result[j]!, result[i]!];
  }
  return result;
}
