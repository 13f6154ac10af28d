import assert from "node:assert/strict";
import { type ErrorCode, isTinmanError } from "../errors/mod.ts";
import type { Store, StoreKey, StoreRange } from "../store/mod.ts";
import type { TestFunction } from "./clock_suite.ts";

/** Options of {@linkcode testStore}. */
export interface StoreSuiteOptions {
  /** What the names of the tests begin with. */
  readonly name: string;
  /** `Deno.test`, or the same of another runner. */
  readonly test: TestFunction;
  /** An empty store, for each test. It is closed after it. */
  create(): Store;
}

/** What every {@linkcode Store} promises, as tests. */
export function testStore({ name, test: tell, create }: StoreSuiteOptions): void {
  const test = (promise: string, run: (store: Store) => void) =>
    tell(`${name}: ${promise}`, () => {
      using store = create();
      run(store);
    });

  test("get() gives what was set last, and undefined where nothing is", (store) => {
    assert.equal(store.get(["a"]), undefined);
    store.set(["a"], bytes("one"));
    store.set(["a", 1], bytes("below"));
    store.set(["a"], bytes("two"));
    assert.equal(text(store.get(["a"])), "two");
    assert.equal(text(store.get(["a", 1])), "below");
    store.set(["a"], bytes(""));
    assert.equal(text(store.get(["a"])), "");
    assert.equal(store.get(["a", 2]), undefined);
  });

  test("set() keeps a copy", (store) => {
    const value = bytes("abc");
    store.set(["a"], value.subarray(1));
    value.fill(0);
    assert.equal(text(store.get(["a"])), "bc");
  });

  test("delete() says whether the key was there", (store) => {
    store.set(["a"], bytes("1"));
    assert.equal(store.delete(["a"]), true);
    assert.equal(store.delete(["a"]), false);
    assert.equal(store.get(["a"]), undefined);
    assert.deepEqual(list(store), []);
  });

  test("keys() are in order: bytes, text, numbers, each by its own order", (store) => {
    const inOrder: StoreKey[] = [
      [Uint8Array.of()],
      [Uint8Array.of(0)],
      [Uint8Array.of(0, 255)],
      [Uint8Array.of(1)],
      [Uint8Array.of(255)],
      [""],
      ["", ""],
      ["", 0],
      ["\0"],
      ["\0", "x"],
      ["\0\0"],
      ["\x01"],
      ["a"],
      ["a", Uint8Array.of(9)],
      ["a", "b"],
      ["a", "b", "c"],
      ["a", 1],
      ["a\0"],
      ["aa"],
      ["b"],
      ["é"],
      ["\uffff"],
      ["😀"],
      [-Infinity],
      [-1e300],
      [-2],
      [-1.5],
      [0],
      [5e-324],
      [1],
      [1, 0],
      [255],
      [256],
      [2 ** 53],
      [Infinity],
    ];
    for (const key of shuffled(inOrder)) store.set(key, bytes(JSON.stringify(key)));
    assert.deepEqual(list(store), inOrder);
    assert.deepEqual(list(store, { reverse: true }), inOrder.toReversed());
    for (const { key, value } of store.entries()) assert.equal(text(value), JSON.stringify(key));
  });

  test("a zero has no sign in a key", (store) => {
    store.set([-0], bytes("zero"));
    assert.equal(text(store.get([0])), "zero");
    assert.ok(Object.is(list(store)[0]![0], 0));
  });

  test("keys() of a range: a prefix with all below it, from a start, up to an end", (store) => {
    for (const letter of ["a", "ab", "b"]) for (let i = 0; i < 3; i++) store.set([letter, i], bytes(""));
    store.set(["ab"], bytes(""));
    assert.deepEqual(list(store, { prefix: ["ab"] }), [["ab"], ["ab", 0], ["ab", 1], ["ab", 2]]);
    assert.deepEqual(list(store, { prefix: ["ab"], start: ["ab", 1] }), [["ab", 1], ["ab", 2]]);
    assert.deepEqual(list(store, { prefix: ["ab"], end: ["ab", 1] }), [["ab"], ["ab", 0]]);
    assert.deepEqual(list(store, { prefix: ["ab"], end: ["b", 1], reverse: true }).at(0), ["ab", 2]);
    assert.deepEqual(list(store, { start: ["ab", 2], end: ["b", 1] }), [["ab", 2], ["b", 0]]);
    assert.deepEqual(list(store, { start: ["b", 1], end: ["a"] }), []);
    assert.deepEqual(list(store, { prefix: ["c"] }), []);
    assert.deepEqual(list(store, { prefix: ["a", 1] }), [["a", 1]]);
  });

  test("keys() goes through more than fit at once, and may be left early", (store) => {
    const all = Array.from({ length: 700 }, (_, i): StoreKey => ["n", i]);
    store.transaction(() => shuffled(all).forEach((key) => store.set(key, bytes("x"))));
    assert.deepEqual(list(store), all);
    assert.deepEqual(list(store, { reverse: true }), all.toReversed());
    for (const key of store.keys()) if (key[1] === 300) break;
    assert.equal(store.clear(["n"]), 700);
  });

  test("the store may be changed while its keys are gone through", (store) => {
    for (let i = 0; i < 10; i++) store.set([i], bytes("x"));
    const seen: unknown[] = [];
    for (const { key: [i] } of store.entries()) {
      seen.push(i);
      store.delete([i as number]);
      store.delete([(i as number) + 1]);
      store.set([-1], bytes("behind"));
    }
    assert.deepEqual(seen, [0, 2, 4, 6, 8]);
    assert.deepEqual(list(store), [[-1]]);
  });

  test("clear() removes a prefix and nothing beside it; all keys for none", (store) => {
    for (const key of [["a"], ["a", 1], ["a", "x", 2], ["aa"], ["b"]]) store.set(key, bytes("x"));
    assert.equal(store.clear(["a"]), 3);
    assert.deepEqual(list(store), [["aa"], ["b"]]);
    assert.equal(store.clear(["a"]), 0);
    assert.equal(store.clear([]), 2);
    assert.deepEqual(list(store), []);
  });

  test("a transaction that throws has done nothing, and its error comes out", (store) => {
    store.set(["kept"], bytes("1"));
    const error = new Error("enough");
    assert.throws(() =>
      store.transaction(() => {
        store.set(["kept"], bytes("2"));
        store.set(["kept"], bytes("3"));
        store.set(["new"], bytes("4"));
        store.delete(["kept"]);
        store.clear([]);
        store.set(["newer"], bytes("5"));
        throw error;
      }), (thrown) => thrown === error);
    assert.deepEqual(list(store), [["kept"]]);
    assert.equal(text(store.get(["kept"])), "1");
  });

  test("a transaction gives what its action returns, and sees its own changes", (store) => {
    const result = store.transaction(() => {
      store.set(["a"], bytes("1"));
      assert.deepEqual(list(store), [["a"]]);
      return text(store.get(["a"]));
    });
    assert.equal(result, "1");
  });

  test("a transaction in another is undone by itself, and with the outer one", (store) => {
    store.transaction(() => {
      store.set(["outer"], bytes("1"));
      assert.throws(() =>
        store.transaction(() => {
          store.set(["inner"], bytes("2"));
          store.set(["outer"], bytes("3"));
          throw new Error("inner");
        }), /inner/);
      store.transaction(() => store.set(["second"], bytes("4")));
    });
    assert.deepEqual(list(store), [["outer"], ["second"]]);
    assert.equal(text(store.get(["outer"])), "1");
    assert.throws(() =>
      store.transaction(() => {
        store.transaction(() => store.set(["inner"], bytes("5")));
        throw new Error("outer");
      }), /outer/);
    assert.equal(store.get(["inner"]), undefined);
  });

  test("a transaction does not wait, and what it had done is undone", (store) => {
    assert.throws(() =>
      store.transaction(() => {
        store.set(["a"], bytes("1"));
        return Promise.resolve();
      }), TypeError);
    assert.equal(store.get(["a"]), undefined);
    store.transaction(() => store.set(["b"], bytes("2")));
    assert.deepEqual(list(store), [["b"]]);
  });

  test("keys that cannot be ordered or found again are refused", (store) => {
    assert.throws(() => store.set([], bytes("")), TypeError);
    assert.throws(() => store.get([]), TypeError);
    assert.throws(() => store.set([NaN], bytes("")), TypeError);
    assert.throws(() => store.set(["\ud800"], bytes("")), TypeError);
    fails("TOO_LARGE", () => store.set(["x".repeat(3000)], bytes("")));
    store.set(["x".repeat(2000)], bytes(""));
    assert.deepEqual(list(store), [["x".repeat(2000)]]);
  });

  test("a closed store is used no more; closing it twice is fine", (store) => {
    store.set(["a"], bytes("1"));
    store.close();
    store.close();
    for (
      const use of [
        () => store.get(["a"]),
        () => store.set(["a"], bytes("2")),
        () => store.delete(["a"]),
        () => store.clear([]),
        () => list(store),
        () => [...store.entries()],
        () => store.transaction(() => {}),
      ]
    ) fails("CLOSED", use);
  });

  test("what was set is what a thousand random steps say", (store) => {
    const model = new Map<number, string>();
    let seed = 7;
    const next = (below: number) => (seed = (seed * 48271) % 2147483647) % below;
    for (let i = 0; i < 1000; i++) {
      const [key, what] = [next(40), next(10)];
      if (what < 6) {
        model.set(key, `${i}`);
        store.set(["m", key], bytes(`${i}`));
      } else if (what < 8) assert.equal(store.delete(["m", key]), model.delete(key));
      else if (what === 8) assert.equal(text(store.get(["m", key])), model.get(key));
      else {
        const found = [...store.entries({ prefix: ["m"], start: ["m", key] })].map((
          each,
        ) => [each.key[1], text(each.value)]);
        assert.deepEqual(found, [...model].filter(([each]) => each >= key).toSorted(([a], [b]) => a - b));
      }
    }
  });
}

function list(store: Store, range?: StoreRange): StoreKey[] {
  return [...store.keys(range)];
}

function shuffled<T>(items: readonly T[]): T[] {
  return items.map((item, i) => [(i * 7919) % items.length, item] as const).toSorted(([a], [b]) => a - b)
    .map(([, item]) => item);
}

function fails(code: ErrorCode, action: () => unknown): void {
  assert.throws(action, (error) => isTinmanError(error, code) || assert.fail(`${error} is not ${code}`));
}

function bytes(content: string): Uint8Array {
  return new TextEncoder().encode(content);
}

function text(content: Uint8Array | undefined): string | undefined {
  return content && new TextDecoder().decode(content);
}
