import assert from "node:assert/strict";
import { isTinmanError } from "../errors/mod.ts";
import { hasCode, observe, read, take, type TestPromise } from "./channel_fixture.ts";

/** What readers get. */
export function testDelivery(test: TestPromise): void {
  test("every reader gets every value, in the order of publication, each once", async (open) => {
    const { out, inputs } = await open(10, 1, 3);
    const readers = inputs.map(read);
    for (let i = 0; i < 20; i++) await out.publish(i);
    out.close();
    const all = Array.from({ length: 20 }, (_, i) => i);
    assert.deepEqual(await Promise.all(readers), [all, all, all]);
  });

  test("a reader that comes later gets what is published from then on", async (open) => {
    const { out, inputs: [early], subscribe, settle } = await open(3);
    for (const n of [1, 2, 3]) await out.publish(n);
    await settle();
    assert.deepEqual(early!.tryNext(), { done: false, value: 1 });
    await settle();
    const late = subscribe?.(100);
    await out.publish(4);
    out.close();
    assert.deepEqual(await read(early!), [2, 3, 4]);
    if (late !== undefined) assert.deepEqual(await read(late), [4]);
  });

  test("next() waits for a value that comes later, and for the end", async (open) => {
    const { out, inputs: [input], settle } = await open(10);
    const first = observe(input!.next());
    await settle();
    assert.equal(first.settled, false);
    await out.publish(0);
    assert.deepEqual(await first.promise, { done: false, value: 0 });
    const second = input!.next();
    out.close();
    assert.deepEqual(await second, { done: true, value: undefined });
  });

  test("next() a second time while one waits is refused, and the first still gets its value", async (open) => {
    const { out, inputs: [input] } = await open(10);
    const first = input!.next();
    await assert.rejects(input!.next(), hasCode("CLOSED"));
    await out.publish(1);
    assert.deepEqual(await first, { done: false, value: 1 });
  });

  test("tryNext() gives undefined when nothing is there, and the end when nothing comes", async (open) => {
    const { out, inputs: [input], settle } = await open(10);
    assert.deepEqual([input!.tryNext(), input!.size, input!.done], [undefined, 0, false]);
    await out.publish(1);
    await settle();
    assert.equal(input!.size, 1);
    assert.deepEqual(input!.tryNext(), { done: false, value: 1 });
    assert.equal(input!.tryNext(), undefined);
    out.close();
    await settle();
    assert.deepEqual(input!.tryNext(), { done: true, value: undefined });
  });
}

/** What holds up publishers, and what lets them go on. */
export function testRoom(test: TestPromise): void {
  test("publish() does not wait while nobody reads the channel", async (open) => {
    const { out } = await open();
    for (let i = 0; i < 100; i++) await out.publish(i);
    assert.ok(out.tryPublish(100) && out.hasRoom());
    assert.equal(out.published, 101);
  });

  test("publish() waits for the slowest reader, each with a capacity of its own, until it has read", async (open) => {
    const { out, inputs: [small, large], settle } = await open(1, 8);
    await out.publish(0);
    const second = observe(out.publish(1));
    await settle();
    large!.tryNext();
    await settle();
    assert.deepEqual([second.settled, out.blocked, out.published, small!.size], [false, true, 1, 1]);
    small!.tryNext();
    await second.promise;
    await settle();
    assert.deepEqual([out.blocked, out.published, small!.size, large!.size], [false, 2, 1, 1]);
  });

  test("tryPublish() says whether there was room, and never overtakes who waits", async (open) => {
    const { out, inputs: [input], settle } = await open(4);
    assert.deepEqual([0, 1, 2, 3, 4].map((n) => out.tryPublish(n)), [true, true, true, true, false]);
    const waiting = out.publish(4);
    await settle();
    assert.equal(out.hasRoom(), false);
    assert.deepEqual(input!.tryNext(), { done: false, value: 0 });
    await settle();
    assert.equal(out.tryPublish(5), false, "one waits for half of the room, or has taken the room there is");
    assert.deepEqual(await take(input!, 4), [1, 2, 3, 4]);
    await waiting;
    await settle();
    assert.deepEqual([out.hasRoom(), out.tryPublish(6), out.published], [true, true, 6]);
  });

  test("publishers that wait are served in the order in which they came", async (open) => {
    for (const capacity of [1, 4]) {
      const { out, inputs: [input], settle } = await open(capacity);
      const all = Array.from({ length: capacity + 3 }, (_, i) => i);
      const order: number[] = [];
      const publish = (n: number) => out.publish(n).then(() => order.push(n));
      const published = all.slice(0, -1).map(publish);
      assert.deepEqual(await input!.next(), { done: false, value: 0 });
      await settle();
      published.push(publish(all.at(-1)!));
      assert.deepEqual(await take(input!, capacity + 2), all.slice(1));
      await Promise.all(published);
      assert.deepEqual(order, all);
    }
  });

  test("publish() that nobody waits for has a limit, and what was within it arrives", async (open) => {
    const { out, inputs: [input] } = await open(1);
    await out.publish(0);
    const waiting: Promise<void>[] = [];
    let refused: unknown;
    while (refused === undefined) {
      assert.ok(waiting.length < 2 ** 16, "65536 values wait for room");
      const publishing = out.publish(waiting.length + 1);
      publishing.catch((error) => refused = error);
      await null;
      if (refused === undefined) waiting.push(publishing);
    }
    assert.ok(isTinmanError(refused, "TOO_LARGE") && refused.details.limit === waiting.length, `refused: ${refused}`);
    out.close();
    assert.equal((await read(input!)).length, waiting.length + 1);
    await Promise.all(waiting);
  });

  test("ready() resolves when there is room for one value more", async (open) => {
    const { out, inputs: [input], settle } = await open(2);
    await out.ready();
    for (let i = 0; i < 3; i++) void out.publish(i);
    const ready = observe(out.ready());
    await settle();
    input!.tryNext();
    await settle();
    assert.equal(ready.settled, false, "the value that waited has taken the room");
    input!.tryNext();
    await ready.promise;
    assert.ok(out.hasRoom());
    out.close();
    await out.ready();
    assert.equal(out.hasRoom(), false);
  });
}
