// What handlers get is known to TypeScript: a mistake below does not compile, and neither would the absence of one that
// is expected.
import assert from "node:assert/strict";
import { any, anyEvent, bind, defineEvent, each, either, type Event, on, oneOf, when, where } from "./mod.ts";

const Order = defineEvent<{
  who: string;
  count: number;
  note?: string;
  tags: string[];
  place: { x: number; y: number };
  state: "new" | "paid" | "sent";
  artifact: unknown;
  pair: [number, string];
  shape: { type: "circle"; r: number } | { type: "square"; side: number };
}>("order");
const Other = defineEvent<{ z: 1 }>("other");

/** Fails to compile unless `Actual` is exactly `Expected`. */
function is<Expected>() {
  return <Actual>(
    _: Actual,
    ..._exact: [Expected] extends [Actual] ? [Actual] extends [Expected] ? [] : [never] : [never]
  ) => {};
}

Deno.test("on() gives handlers what their pattern binds, with its type", () => {
  const handlers = [
    on(Order, ({ who }) => is<string>()(who)),
    on(where(Order, { who: bind("name") }), (bound) => is<{ readonly name: string }>()(bound)),
    on(where(Order, { who: "x" }), ({ place }, _context, { data }) => is<typeof data.place>()(place)),
    on(where(Order, { state: bind("s", oneOf("new", "paid")), count: (n) => n > 3 }), ({ s }, _context, event) => {
      is<"new" | "paid">()(s);
      is<string>()(event.data.who);
    }),
    on(where(Order, { place: { x: bind("x") }, tags: each(bind("tags")), pair: [1, bind("p")] }), (bound) => {
      is<{ readonly x: number; readonly tags: readonly string[]; readonly p: string }>()(bound);
    }),
    on(where(Order, { note: bind("note"), artifact: bind("artifact") }), ({ note, artifact }) => {
      is<string>()(note);
      is<unknown>()(artifact);
    }),
    on(where(Order, { artifact: { deep: [oneOf(bind("q", 3), bind("q", "x"))] } }), ({ q }) => is<3 | "x">()(q)),
    on(where(Order, { artifact: bind("n", when((x: unknown): x is number => typeof x === "number")) }), ({ n }) => {
      is<number>()(n);
    }),
    on(where(Order, { shape: { type: "circle", r: bind("r") } }), ({ r }) => is<number>()(r)),
    on(
      either(where(Order, { who: bind("v") }), where(Order, { count: bind("v") })),
      ({ v }) => is<string | number>()(v),
    ),
    on(either(Order, Other), (data) => is<string | 1>()("z" in data ? data.z : data.who)),
    on(anyEvent, (data, _context, event) => is<typeof event.data>()(data)),
    on(when(({ kind }: Event<object>) => kind === Order), (data) => is<object>()(data)),
    on(where(Order.refine<{ by: Date }>("late order"), { by: bind("by"), who: bind("who") }), ({ by, who }) => {
      is<Date>()(by);
      is<string>()(who);
    }),
  ];
  assert.ok(handlers.every(({ handle }) => typeof handle === "function"));
});

Deno.test("where() takes no attribute that events of the kind do not have, and no value that one cannot have", () => {
  // @ts-expect-error There is no such attribute.
  where(Order, { whom: "x" });
  // @ts-expect-error It is text.
  where(Order, { who: 3 });
  // @ts-expect-error It has no such state.
  where(Order, { state: oneOf("new", "lost") });
  // @ts-expect-error It is no number.
  where(Order, { who: when((n: number) => n > 3) });
  // @ts-expect-error It has two items.
  where(Order, { pair: [1] });
  // @ts-expect-error There is no such field.
  where(Order, { place: { z: any } });
  // @ts-expect-error Its type is not known before it is there.
  on(where(Order, { artifact: bind("a") }), ({ a }) => a.length);
  // @ts-expect-error The name is another.
  on(where(Order, { who: bind("name") }), ({ nam }) => nam);
  // @ts-expect-error It carries something.
  assert.equal(Order().data.who, undefined);
});
