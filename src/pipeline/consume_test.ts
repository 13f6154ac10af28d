import assert from "node:assert/strict";
import { Out } from "../channel/mod.ts";
import { numberFrame } from "./_fixture_test.ts";
import { consume, type Source } from "./consume.ts";
import type { DataFrame } from "./frame.ts";

const settled = () => new Promise((resolve) => setImmediate(resolve));
const isFor = () => true;

/** A channel with room for 100, and one source of frames that reads it. */
function edge(): { readonly out: Out<DataFrame>; readonly source: Source } {
  const out = new Out<DataFrame>();
  return { out, source: { from: "a", input: "in", frames: out.subscribe({ capacity: 100 }) } };
}

Deno.test("consume() hands over all frames in order, whether a stage takes its time or not", async () => {
  for (const isSlow of [() => false, () => true, (n: number) => n % 3 === 0]) {
    const { out, source } = edge();
    const seen: number[] = [];
    let inside = 0;
    const done = consume([source], {
      isFor,
      take: ({ sequenceId }) => {
        assert.equal(inside, 0, "one at a time");
        seen.push(sequenceId);
        if (!isSlow(sequenceId)) return;
        inside++;
        return settled().then(() => void inside--);
      },
    });
    for (let n = 0; n < 50; n++) await out.publish(numberFrame(n));
    out.close();
    await done;
    assert.deepEqual(seen, Array.from({ length: 50 }, (_, n) => n));
  }
});

Deno.test("consume() lets others have their turn after a few frames, and waits for none of them", async () => {
  const { out, source } = edge();
  const turns: string[] = [];
  for (let n = 0; n < 40; n++) await out.publish(numberFrame(n));
  const done = consume([source], { isFor, take: () => void turns.push("frame") });
  const other = (async () => {
    for (let i = 0; i < 3; i++) await Promise.resolve(turns.push("other"));
  })();
  out.close();
  await Promise.all([done, other]);
  assert.equal(turns.filter((each) => each === "frame").length, 40);
  assert.ok(turns.lastIndexOf("other") < 30, turns.join(" "));
});

Deno.test("consume() leaves its channel when a stage fails, at once or later", async () => {
  for (const take of [() => assert.fail("broken"), () => Promise.reject(new Error("broken"))]) {
    const { out, source } = edge();
    await out.publish(numberFrame(0));
    await assert.rejects(consume([source], { isFor, take }), /broken/);
    assert.equal(out.subscribers, 0);
  }
});

Deno.test("consume() takes nothing at once where a gate says when it is handed out", async () => {
  const { out, source } = edge();
  let asked = 0;
  const input = source.frames as ReturnType<typeof out.subscribe>;
  input.putBehind({ ask: () => asked++, arrived() {} });
  for (let n = 0; n < 3; n++) await out.publish(numberFrame(n));
  const seen: number[] = [];
  const done = consume([source], { isFor, take: ({ sequenceId }) => void seen.push(sequenceId) });
  for (let n = 0; n < 3; n++) {
    await settled();
    assert.deepEqual([asked, seen.length], [n + 1, n]);
    input.handOut();
  }
  out.close();
  await settled();
  input.handOut();
  await done;
  assert.deepEqual(seen, [0, 1, 2]);
});
