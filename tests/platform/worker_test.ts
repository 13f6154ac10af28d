// Both ends of a ring in two threads of this machine, and how threads end.
import assert from "node:assert/strict";
import { openWorker, type WorkerHandle } from "../../src/platform/mod.ts";
import { createRing, createSlab, RingReader, RingWriter, Slab } from "../../src/ring/mod.ts";

const echo = new URL("./_echo_worker.ts", import.meta.url);

/** Starts a thread; `woken` resolves when it has posted something since the last call. */
function start(data: unknown) {
  const ended = Promise.withResolvers<unknown>();
  let posted = Promise.withResolvers<void>();
  const worker: WorkerHandle = openWorker(echo, data, { message: () => posted.resolve(), ended: ended.resolve });
  const woken = async () => {
    await posted.promise;
    posted = Promise.withResolvers();
  };
  return { worker, ended: ended.promise, woken };
}

Deno.test("records of any length go to a thread and come back as they were, while both are at work", async () => {
  const [there, back] = [createRing(4096), createRing(4096)];
  const { ended, woken } = start({ there, back });
  const [writer, reader] = [new RingWriter(there), new RingReader(back)];
  let seen = 0;
  const take = async (isWanted: () => boolean) => {
    while (isWanted()) {
      if (!reader.next()) {
        if (reader.sleep()) await woken();
        continue;
      }
      const length = (seen * 37) % 1900;
      assert.deepEqual([reader.kind, reader.length], [seen, length]);
      for (let i = 0; i < length; i += 97) assert.equal(reader.bytes[reader.at + i], (seen + i) & 0xff);
      seen++;
    }
  };
  for (let kind = 0; kind < 6000; kind++) {
    const length = (kind * 37) % 1900;
    let at = writer.reserve(kind, length);
    while (at < 0) {
      writer.publish();
      await take(() => (at = writer.reserve(kind, length)) < 0);
    }
    for (let i = 0; i < length; i += 97) writer.bytes[at + i] = kind + i;
    if (kind % 3 === 0) writer.publish();
  }
  writer.close();
  await take(() => !reader.ended);
  assert.equal(seen, 6000);
  assert.equal(await ended, undefined);
});

Deno.test("slots of a slab are handed over by number, and come back", async () => {
  const [there, back, slab] = [createRing(4096), createRing(4096), createSlab({ slots: 3, slotBytes: 1024 })];
  const { ended, woken } = start({ there, back });
  const [writer, reader, slots] = [new RingWriter(there), new RingReader(back), new Slab(slab)];
  for (let i = 0; i < 1000; i++) {
    const slot = slots.tryTake();
    slots.bytesOf(slot).fill(i);
    writer.tryWrite(slot, new Uint8Array());
    writer.publish();
    while (!reader.next()) if (reader.sleep()) await woken();
    assert.deepEqual([reader.kind, slots.bytesOf(slot)[1023]], [slot, i & 0xff]);
    slots.release(slot);
  }
  writer.close();
  assert.equal(await ended, undefined);
});

Deno.test("a thread that throws says so; one that is abandoned holds up nobody", async () => {
  const failing = start({ fails: "as told" });
  assert.match(String(await failing.ended), /as told/);
  for (const kind of ["blocks", "loops"]) {
    const { success, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", new URL("./_abandon_worker.ts", import.meta.url).pathname, kind],
    }).output();
    assert.deepEqual([success, new TextDecoder().decode(stdout)], [true, "abandoned\n"]);
  }
});
