import fc, { type Arbitrary } from "fast-check";

/** Values of every sort, for whatever takes any value: each is to be taken or refused politely. */
export function junkValues(): unknown[] {
  return [...junkData(), ...traps()];
}

/** The same without what throws when it is looked at. */
export function junkData(): unknown[] {
  const simple = [undefined, null, true, Symbol("junk"), () => 1, 1n, -(2n ** 64n)];
  const numbers = [0, -0, -1, 1.5, NaN, Infinity, 2 ** 53];
  const texts = ["", "a", "\u{1f980}", "half a pair \ud800"];
  const plain = [[], [undefined], [[]], {}, { a: undefined }, Object.create(null), { length: 2 ** 40, 0: "a" }];
  const buffers = [new Uint8Array(3), new Float64Array(2), new BigInt64Array(1), new ArrayBuffer(4)];
  const classes = [
    new Date(NaN),
    new Map([[1, 2]]),
    new Set([1]),
    /a/,
    new Error("junk"),
    new DataView(new ArrayBuffer(2)),
  ];
  const names = ['{"__proto__":{"a":1}}', '{"constructor":1,"length":-1,"toString":null}'].map((text) =>
    JSON.parse(text)
  );
  const array = { dtype: "f64", shape: [2 ** 31, 2 ** 31], data: new Float64Array(1) };
  return [...simple, ...numbers, ...texts, ...plain, ...buffers, ...classes, ...names, array];
}

/** Objects that have no end, or throw when they are looked at. */
function traps(): unknown[] {
  const cycle: Record<string, unknown> = { a: 1 };
  cycle.self = cycle;
  const deep: unknown[] = [];
  for (let i = 0, inner = deep; i < 2000; i++) inner.push(inner = []);
  const getter = {
    get a(): never {
      throw new Error("junk");
    },
  };
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return [cycle, deep, getter, [getter], new Proxy({}, {}), proxy, [proxy]];
}

/** Bytes that are nearly `samples`: some flipped, cut, doubled, or claiming to be very long. */
export function mutatedBytes(samples: readonly Uint8Array[]): Arbitrary<Uint8Array> {
  const edit = fc.record({
    kind: fc.constantFrom("flip", "set", "cut", "insert", "long"),
    at: fc.nat(),
    byte: fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0, 0x7f, 0x80, 0xff)),
  });
  return fc.tuple(fc.nat(), fc.array(edit, { minLength: 1, maxLength: 4 })).map(([pick, edits]) => {
    // Errors are most likely near the front, where the lengths are; a long sample is cut down to it.
    let bytes = samples[pick % samples.length]!.slice(0, 4096);
    for (const { kind, at, byte } of edits) bytes = mutate(bytes, { kind, at: at % (bytes.length + 1), byte });
    return bytes;
  });
}

function mutate(bytes: Uint8Array<ArrayBuffer>, edit: { kind: string; at: number; byte: number }) {
  const { kind, at, byte } = edit;
  if (kind === "cut") return bytes.slice(0, at);
  if (kind === "insert") return Uint8Array.of(...bytes.subarray(0, at), byte, ...bytes.subarray(at));
  const copy = bytes.slice();
  if (kind === "long") copy.fill(0xff, at, at + 4);
  else if (at < copy.length) copy[at] = kind === "flip" ? copy[at]! ^ (1 << (byte % 8)) : byte;
  return copy;
}

/** Data that is nearly `sample`: one part of it is something else, or all of it is. */
export function mutatedData(sample: unknown): Arbitrary<unknown> {
  const anything = fc.oneof(
    fc.anything({ withBigInt: true, withNullPrototype: true, maxDepth: 2 }),
    fc.constantFrom(...junkData()),
  );
  const parts = countParts(sample);
  return fc.tuple(fc.nat({ max: parts - 1 }), anything).map(([part, other]) => replacePart(sample, { part, other }));
}

function countParts(data: unknown): number {
  return isTree(data) ? Object.values(data).reduce((sum: number, inner) => sum + countParts(inner), 1) : 1;
}

function replacePart(data: unknown, { part, other }: { part: number; other: unknown }): unknown {
  if (part === 0) return other;
  if (!isTree(data)) return data;
  let before = 1;
  const replaced = Object.entries(data).map(([key, inner]) => {
    const at = part - before;
    before += countParts(inner);
    return [key, at >= 0 && part < before ? replacePart(inner, { part: at, other }) : inner] as const;
  });
  return Array.isArray(data) ? replaced.map(([, inner]) => inner) : Object.fromEntries(replaced);
}

function isTree(data: unknown): data is object {
  return typeof data === "object" && data !== null && !ArrayBuffer.isView(data);
}
