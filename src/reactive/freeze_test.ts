import assert from "node:assert/strict";
import { createEventPipeline, defineEvent, on } from "./mod.ts";
import { freezeData } from "./freeze.ts";

const List = defineEvent<{ items: number[] }>("list");

Deno.test("With `strict`, a handler that changes what it was given fails, so that nobody sees it by chance", async () => {
  const data = { items: [1] };
  const seen: number[] = [];
  const writer = {
    name: "writer",
    handlers: [on(List, async ({ items }) => void await Promise.resolve(items.push(2)))],
  };
  const reader = { name: "reader", handlers: [on(List, ({ items }) => void seen.push(items.length))] };
  const strict = createEventPipeline([writer, reader], { strict: true });
  strict.submit(List(data));
  await assert.rejects(strict.run(), {
    code: "PROCESSOR",
    message: /^Processor "writer" failed on "list": .*extensible/,
  });
  assert.deepEqual(data.items, [1]);
  const loose = createEventPipeline([writer, reader]);
  loose.submit(List({ items: [1] }));
  await loose.run();
  assert.equal(seen.at(-1), 2);
});

Deno.test("freezeData() goes to the bottom, in circles too, and leaves bytes, maps and instances alone", () => {
  const inner = Object.freeze({ list: [{ n: 1 }] });
  const ring: Record<string, unknown> = { inner };
  ring.self = ring;
  const [bytes, map, date] = [new Uint8Array(2), new Map([[1, { n: 1 }]]), new Date(0)];
  const deep = Array.from({ length: 20_000 }).reduce<object>((inside) => [inside], ring);
  freezeData({ deep, bytes, map, date, nothing: null });
  assert.ok(Object.isFrozen(ring) && Object.isFrozen(inner.list) && Object.isFrozen(inner.list[0]));
  assert.deepEqual([bytes, map, date, map.get(1)].map(Object.isFrozen), [false, false, false, false]);
});
