import assert from "node:assert/strict";
import type { InEnd } from "../channel/mod.ts";
import { hasCode, read, take, type TestPromise } from "./channel_fixture.ts";

/** What happens when the sending half ends. */
export function testEnd(test: TestPromise): void {
  test("close() never waits, and ends readers behind what is buffered and what waits, never before", async (open) => {
    const { out, inputs: [input], settle } = await open(2);
    const published = [1, 2, 3].map((n) => out.publish(n));
    out.close();
    out.close();
    await settle();
    assert.deepEqual([out.closing, input!.done, input!.size], [true, false, 2]);
    assert.deepEqual(await read(input!), [1, 2, 3]);
    await Promise.all(published);
    assert.equal(input!.done, true);
    assert.deepEqual(await read(input!), [], "it ends again at once");
  });

  test("out closes when it is disposed", async (open) => {
    const { out, inputs: [input] } = await open(2);
    {
      using closing = out;
      void closing.publish(1);
    }
    assert.deepEqual(await read(input!), [1]);
  });

  test("publish() after close() is refused with the value that was not sent, also while others wait", async (open) => {
    for (const count of [0, 2]) {
      const { out, inputs: [input] } = await open(1);
      const waiting = Array.from({ length: count }, (_, i) => out.publish(i));
      out.close();
      const isClosed = (error: unknown) => hasCode("CLOSED")(error) && error.details.unsent === 7;
      await assert.rejects(out.publish(7), isClosed);
      assert.throws(() => out.tryPublish(7), isClosed);
      assert.equal((await read(input!)).length, count);
      await Promise.all(waiting);
      assert.equal(out.published, count);
    }
  });

  test("abort() refuses who waits with its reason, itself; what was taken in can still be read", async (open) => {
    const { out, inputs: [slow, waits], settle } = await open(1, 10);
    await out.publish(1);
    const waiting = [out.publish(2), out.publish(3), out.ready()];
    assert.deepEqual(await waits!.next(), { done: false, value: 1 });
    const next = waits!.next();
    const stop = new AbortController();
    stop.signal.addEventListener("abort", () => out.abort(stop.signal.reason));
    const reason = new Error("enough");
    const refused = waiting.map((each) => assert.rejects(each, (error) => error === reason));
    stop.abort(reason);
    out.abort(new Error("later"));
    await Promise.all(refused);
    await settle();
    assert.deepEqual([out.blocked, out.published], [false, 1]);
    assert.deepEqual(await next, { done: true, value: undefined });
    assert.deepEqual(await read(slow!), [1]);
    await assert.rejects(out.publish(4), hasCode("CLOSED"));
  });
}

/** What happens when a reader ends. */
export function testLeaving(test: TestPromise): void {
  for (const [how, leave] of Object.entries(waysToLeave)) {
    test(`a reader that leaves by ${how} frees the producer, and the others go on`, async (open) => {
      const { out, inputs: [input, other], settle } = await open(1, 10);
      await out.publish(1);
      const blocked = [out.publish(2), out.publish(3)];
      await leave(input!);
      await Promise.all(blocked);
      assert.deepEqual([input!.size, input!.done], [0, true]);
      assert.deepEqual(await input!.next(), { done: true, value: undefined });
      assert.deepEqual(input!.tryNext(), { done: true, value: undefined });
      assert.deepEqual(await take(other!, 3), [1, 2, 3]);
      other!.close();
      await settle();
      for (let i = 0; i < 20; i++) await out.publish(i);
    });
  }

  test("a reader that is closed while it waits ends, twice is fine", async (open) => {
    const { inputs: [input] } = await open(1);
    const next = input!.next();
    input!.close();
    input!.close();
    assert.deepEqual(await next, { done: true, value: undefined });
  });
}

const waysToLeave: Record<string, (input: InEnd<number>) => Promise<void>> = {
  "break": async (input) => {
    for await (const _ of input) break;
  },
  "throw": async (input) => {
    const body = async () => {
      for await (const _ of input) throw new RangeError("the body failed");
    };
    await assert.rejects(body(), RangeError);
  },
  "return()": async (input) => {
    assert.deepEqual(await input.return(), { done: true, value: undefined });
  },
  "using": (input) => {
    using _ = input;
    return Promise.resolve();
  },
  "await using": async (input) => {
    await using _ = input;
  },
};
