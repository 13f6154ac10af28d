import assert from "node:assert/strict";
import { Out } from "../channel/mod.ts";
import { defineEvent, type Event } from "./event.ts";
import { mergeInputs } from "./node_inputs.ts";

const Got = defineEvent<{ from: string; value: unknown }>("got");
const inputOf = (out: Out<number>, from: string) => ({
  input: out.subscribe({ capacity: 100 }),
  toEvent: (value: never) => value === 13 ? undefined : Got({ from, value }),
});
const seenOf = ({ data }: Event<object>) => Object.values(data).join(" ");

Deno.test("mergeInputs() gives every message once, each input in its order, and leaves out what becomes no event", async () => {
  const [a, b] = [new Out<number>(), new Out<number>()];
  const merged = mergeInputs([inputOf(a, "a"), inputOf(b, "b")]);
  for (const value of [1, 13, 2]) await a.publish(value);
  for (const value of [10, 11]) await b.publish(value);
  for (const out of [a, b]) out.close();
  const seen: string[] = [];
  for await (const event of merged) seen.push(seenOf(event));
  assert.deepEqual([seen.length, seen.filter((each) => each.startsWith("a"))], [4, ["a 1", "a 2"]]);
  assert.deepEqual(seen.filter((each) => each.startsWith("b")), ["b 10", "b 11"]);
});

Deno.test("mergeInputs() goes on with the other inputs when one has ended", async () => {
  const [a, b] = [new Out<number>(), new Out<number>()];
  const merged = mergeInputs([inputOf(a, "a"), inputOf(b, "b")]);
  const first = merged.next();
  a.close();
  await new Promise((resolve) => queueMicrotask(() => queueMicrotask(() => resolve(undefined))));
  await b.publish(1);
  assert.equal(seenOf((await first).value!), "b 1");
});

Deno.test("mergeInputs() takes no message before the event before it was dealt with", async () => {
  const out = new Out<number>();
  const input = inputOf(out, "a");
  const merged = mergeInputs([input]);
  for (let i = 0; i < 5; i++) await out.publish(i);
  await merged.next();
  await new Promise((resolve) => queueMicrotask(() => queueMicrotask(() => resolve(undefined))));
  assert.equal(input.input.size, 4);
  await merged.return();
  assert.equal(await out.publish(6), undefined, "nobody is waited for when it was left");
});

Deno.test("mergeInputs() without inputs is at its end", async () => {
  assert.deepEqual(await mergeInputs([]).next(), { done: true, value: undefined });
});

Deno.test("mergeInputs() passes on what a mapping threw", async () => {
  const out = new Out<number>();
  const merged = mergeInputs([{
    input: out.subscribe(),
    toEvent: () => {
      throw new Error("no such unit");
    },
  }]);
  await out.publish(1);
  await assert.rejects(merged.next(), { message: "no such unit" });
});
