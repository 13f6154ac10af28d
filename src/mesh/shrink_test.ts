import assert from "node:assert/strict";
import { writeAndMeet } from "./_compacted.ts";
import { CompactingWorld } from "./_compacting.ts";
import type { Machine } from "./_machine.ts";
import { openBase, packBase } from "./base.ts";
import { decodeBundle } from "./bundle.ts";
import { packBundle } from "./bundle_replica.ts";
import { shrink } from "./shrink.ts";

/** A founder who has compacted, and a writer who has all events. */
function compacted(privacy: "open" | "sealed") {
  const world = new CompactingWorld("shrink", { privacy, roles: ["writer"] });
  const [founder, writer] = world.machines as [Machine, Machine];
  writeAndMeet(world);
  world.compact(founder);
  const { base } = decodeBundle(packBundle(founder.replica), "a.tmesh");
  return { world, founder, writer, base: base! };
}

for (const privacy of ["open", "sealed"] as const) {
  Deno.test(`V9 who has all events of a dataset that is ${privacy} puts the snapshot of a bundle in place of them`, () => {
    const { world, founder, writer, base } = compacted(privacy);
    world.write(writer, [{ kind: "note.add", record: "R-1", text: "behind" }]);
    const before = writer.replica.view.canonical();
    const { logBytes } = writer.replica;
    assert.equal(shrink(writer.replica, base, { isDry: true }), privacy === "sealed" ? 43 : 42);
    assert.equal(writer.replica.base, undefined);
    assert.ok(shrink(writer.replica, base) >= 42);
    assert.ok(writer.replica.logBytes < logBytes / 2, `${writer.replica.logBytes} of ${logBytes} bytes`);
    for (const { view } of [writer.replica, writer.open()]) assert.deepEqual(view.canonical(), before);
    assert.equal(shrink(writer.replica, base), 0);
    world.meet(founder, writer);
    assert.deepEqual(writer.replica.view.canonical(), founder.replica.view.canonical());
  });
}

Deno.test("V9 a snapshot that shows something else than the events here is not put in place of them", () => {
  const { world, founder, writer, base } = compacted("open");
  const { snapshot } = openBase(base, world.info);
  const registers = snapshot.registers.map(({ heads: [head, ...rest], ...each }) => {
    const payload = { ...head!.event.payload, value: "a lie" };
    return { ...each, heads: [{ ...head!, event: { ...head!.event, payload } }, ...rest] };
  });
  const before = [writer.replica.view.canonical(), writer.log()];
  for (const lie of [{ ...snapshot, registers }, { ...snapshot, digest: new Uint8Array(32) }]) {
    const { bytes } = packBase(lie, { key: founder.key });
    assert.throws(() => shrink(writer.replica, bytes), { code: "CONFIG", message: /something else/ });
  }
  assert.deepEqual([writer.replica.view.canonical(), writer.log()], before);
});

Deno.test("V9 what was erased behind a snapshot stays erased where that takes the place of the events", () => {
  const { world, founder, writer, base } = compacted("open");
  const { device } = writer.key;
  const last = writer.replica.feeds.get(device)!.last;
  const event = { device, seq: last, check: writer.replica.feeds.get(device)!.checkAt(last)! };
  world.write(writer, [{ kind: "event.erase", event }]);
  assert.ok(shrink(writer.replica, base) > 0);
  assert.equal(writer.replica.view.isErased(event), true);
  world.meet(founder, writer);
  assert.deepEqual(writer.replica.view.canonical(), founder.replica.view.canonical());
});

Deno.test("V9 after somebody was removed at an event in it, a snapshot takes the place of nothing", () => {
  const { world, founder, writer, base } = compacted("open");
  const { device } = writer.key;
  const heads = [{ seq: 1, check: writer.replica.feeds.get(device)!.checkAt(1)! }];
  founder.replica.write({ kind: "member.remove", device, heads });
  world.meet(founder, writer);
  assert.throws(() => shrink(writer.replica, base), { code: "CONFIG", message: /something else/ });
});
