import assert from "node:assert/strict";
import { VirtualClock } from "../clock/mod.ts";
import { createNetwork } from "../link/mod.ts";
import { createRandom } from "../random/mod.ts";
import { CompactingWorld } from "./_compacting.ts";
import { START_MS, testKey } from "./_writer.ts";
import type { Change } from "./change.ts";
import { holdContact } from "./contact.ts";
import { Replica } from "./replica.ts";
import { runsOf } from "./runs_of.ts";

const note = { kind: "note.add", record: "R-1", text: "the well is poisoned" } as const;
const alert: Change = { ...note, urgent: true };

/**
 * How much of what base has written itself is at ana's when what it relays comes, over a radio of 300 bytes a second. Base
 * hears of that when so many seconds have passed.
 */
async function waitedBehind(change: Change, { backlog = 300, afterSeconds = 0 } = {}): Promise<number> {
  const clock = new VirtualClock(BigInt(START_MS) * 1_000_000n);
  const info = { name: "survey", founder: testKey("base").device, nonce: "00".repeat(16), writers: "anybody" } as const;
  const open = (name: string) => new Replica({ info, key: testKey(name), clock });
  const [base, ben, ana] = [open("base"), open("ben"), open("ana")];
  const random = createRandom("1");
  for (let i = 0; i < backlog; i += 10) {
    base.write(...Array.from({ length: 10 }, (_, j): Change => {
      return { kind: "field.set", record: `W-${i + j}`, field: "depth", value: random.next() };
    }));
  }
  ben.write(change);
  const relay = () => base.ingest(...runsOf(ben.feeds.get(ben.key.device)!));
  if (afterSeconds === 0) relay();
  let waited: number | undefined;
  ana.feeds.listen({
    applied: ({ device }) => {
      if (device === ben.key.device) waited = ana.feeds.get(base.key.device)?.last ?? 0;
    },
  });
  const network = createNetwork({ seed: "1", clock, conditions: { bitsPerSecond: 2400, delayMs: 200 } });
  const link = network.connect("base", "ana", { maxBytes: 200 });
  const holding = Promise.all([
    holdContact(base, link.a, { clock, random }),
    holdContact(ana, link.b, { clock, random }),
  ]);
  let isOver = false;
  holding.then(() => isOver = true);
  for (let seconds = 1; !isOver; seconds++) {
    if (seconds === afterSeconds) relay();
    await clock.runTo(clock.now() + 1_000_000_000n);
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.deepEqual(ana.view.canonical(), base.view.canonical());
  assert.equal(ana.view.record("R-1")!.notes[0]!.isUrgent, "urgent" in change);
  return waited!;
}

Deno.test("S9 an urgent note that a peer passes on comes before all that the peer has written itself", async () => {
  assert.equal(await waitedBehind(alert), 0);
  assert.equal(await waitedBehind(note), 300);
});

Deno.test("S9 an urgent note that comes while a backlog goes waits for two batches at most", async () => {
  const late = { backlog: 2000, afterSeconds: 3 };
  const urgent = await waitedBehind(alert, late);
  // Two batches of 16 packets of 200 bytes, and an event takes about eight.
  assert.ok(urgent > 0 && urgent <= 1000, `${urgent}`);
  assert.equal(await waitedBehind(note, late), late.backlog);
});

Deno.test("S9 who has the key of a sealed dataset knows an alert, and who only passes it on does not", () => {
  const world = new CompactingWorld("alerts", { privacy: "sealed", roles: ["writer", "stranger"] });
  const [founder, writer, relay] = world.machines;
  world.write(founder!, [note, alert]);
  world.meet(founder!, writer!);
  world.meet(founder!, relay!);
  const alertsAt = ({ replica }: typeof world.machines[number]) =>
    replica.feeds.get(founder!.key.device)!.slice(1).filter((event) => replica.alerts.has(event)).length;
  world.giveKeys(founder!);
  world.meet(founder!, writer!);
  assert.deepEqual([alertsAt(founder!), alertsAt(writer!), alertsAt(relay!)], [1, 1, 0]);
});

Deno.test("K5 urgent is true or not there", () => {
  const clock = new VirtualClock(BigInt(START_MS) * 1_000_000n);
  const key = testKey("base");
  const replica = new Replica({ info: { name: "survey", founder: key.device, nonce: "00".repeat(16) }, key, clock });
  const wrong = { ...note, urgent: false } as unknown as Change;
  assert.throws(() => replica.write(wrong), { code: "CONFIG", message: /needs urgent: true/ });
});
