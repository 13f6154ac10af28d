import assert from "node:assert/strict";
import fc, { type Arbitrary } from "fast-check";
import { type Codec, type CodecKind, CodecRegistry, decodeHeader, encodeHeader, headerOf } from "../codec/mod.ts";
import { isTinmanError } from "../errors/mod.ts";
import type { TestFunction } from "./clock_suite.ts";
import { junkData, junkValues, mutatedBytes, mutatedData } from "./hostile.ts";

/** An arbitrary of fast-check, by what tells the type of its values. */
export interface ArbitraryOf<T> {
  /** {@link https://fast-check.dev} */
  map<U>(mapper: (value: T) => U): unknown;
}

/** Options of {@linkcode testCodec}. */
export interface CodecSuiteOptions<T> {
  /** What the names of the tests begin with. */
  readonly name: string;
  /** `Deno.test`, or the same of another runner. */
  readonly test: TestFunction;
  /** The codec under test. */
  create(): Codec<T>;
  /** The kind that brings it back from a header. */
  readonly kind: CodecKind;
  /** Kinds of the codecs nested in it. @default {[]} */
  readonly nested?: readonly CodecKind[];
  /** Values that must come back as they were: the edges, such as nothing, the largest, NaN. At least one. */
  readonly values: readonly T[];
  /** More such values than one could write down. */
  readonly arbitrary?: ArbitraryOf<T>;
  /** Values that must be refused, and what the message must say: the place, what it is, what was expected. @default {[]} */
  readonly refused?: readonly { readonly value: unknown; readonly message: RegExp }[];
  /** Whether a value came back as it was. @default {deepStrictEqual} */
  readonly assertEqual?: (actual: T, expected: T) => void;
}

/**
 * What every {@linkcode Codec} promises, as tests: values come back, the same value gives the same bytes, neither
 * direction keeps or changes what it was given, any bytes and any params are a value or a `CODEC` error, and a header
 * brings the same codec back. They need no permission.
 */
export function testCodec<T>(options: CodecSuiteOptions<T>): void {
  testValues(options);
  testBytes(options);
  testHeader(options);
}

function testValues<T>(options: CodecSuiteOptions<T>): void {
  const { name, test, create, values, refused = [], assertEqual = assert.deepStrictEqual } = options;
  const arbitrary = options.arbitrary as Arbitrary<T> | undefined ?? fc.constantFrom(...values);

  test(`${name}: a value comes back as it was, and the same value gives the same bytes`, () => {
    const codec = create();
    const check = (value: T) => {
      const bytes = codec.encode(value);
      assert.ok(bytes instanceof Uint8Array);
      const first = bytes.slice();
      assertEqual(codec.decode(bytes), value);
      assert.deepEqual(bytes, first, "decode() changed its bytes");
      assert.deepEqual(codec.encode(value), first);
      assert.deepEqual(create().encode(codec.decode(first)), first);
    };
    values.forEach(check);
    fc.assert(fc.property(arbitrary, check), { numRuns: 100 });
  });

  test(`${name}: encode() gives bytes that the next call leaves alone`, () => {
    const codec = create();
    const encoded = [...values, ...values].map((value) => {
      const bytes = codec.encode(value);
      return { bytes, copy: bytes.slice() };
    });
    for (const { bytes, copy } of encoded) assert.deepEqual(bytes, copy);
  });

  test(`${name}: decode() does not depend on where in a buffer the bytes are`, () => {
    const codec = create();
    for (const [i, value] of values.entries()) {
      const bytes = codec.encode(value);
      const shift = 1 + i % 8;
      const buffer = new Uint8Array(shift + bytes.length + 8).fill(0xff);
      buffer.set(bytes, shift);
      assertEqual(codec.decode(buffer.subarray(shift, shift + bytes.length)), value);
    }
  });

  test(`${name}: encode() refuses what does not fit, with the place and the reason`, () => {
    const codec = create() as Codec<unknown>;
    for (const { value, message } of refused) {
      assert.throws(() => codec.encode(value), (error) => {
        assertCodecError(error, { codec: codec.id, direction: "encode" });
        assert.match((error as Error).message, message);
        return true;
      });
    }
    // Whatever else comes is taken or refused, and what is taken can be read.
    for (const value of junkValues()) {
      const bytes = attempt(() => codec.encode(value), { codec: codec.id, direction: "encode" });
      if (bytes !== undefined) codec.decode(bytes);
    }
  });
}

function testBytes<T>({ name, test, create, values }: CodecSuiteOptions<T>): void {
  const survives = (codec: Codec<T>, bytes: Uint8Array) => {
    const before = bytes.slice();
    const value = attempt(() => codec.decode(bytes), { codec: codec.id, direction: "decode" });
    assert.deepEqual(bytes, before, "decode() changed its bytes");
    if (value !== undefined) attempt(() => codec.encode(value), { codec: codec.id, direction: "encode" });
  };

  test(`${name}: any bytes are a value or a CODEC error`, () => {
    const codec = create();
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => survives(codec, bytes)), { numRuns: 200 });
    const encoded = values.map((value) => codec.encode(value));
    fc.assert(fc.property(mutatedBytes(encoded), (bytes) => survives(codec, bytes)), { numRuns: 500 });
  });

  test(`${name}: bytes that are cut short are a value or a CODEC error`, () => {
    const codec = create();
    for (const value of values) {
      const bytes = codec.encode(value);
      const step = Math.ceil(bytes.length / 100);
      for (let length = 0; length < bytes.length; length += step) survives(codec, bytes.subarray(0, length));
    }
  });
}

function testHeader<T>(options: CodecSuiteOptions<T>): void {
  const { name, test, create, values, kind, nested = [], assertEqual = assert.deepStrictEqual } = options;

  test(`${name}: a registry brings it back from its header`, () => {
    const codec = create();
    const others = nested.filter(({ id }) => id !== kind.id);
    const header = decodeHeader(encodeHeader(headerOf(codec)));
    const revived = new CodecRegistry([kind, ...others]).revive(header) as Codec<T>;
    assert.deepEqual(headerOf(revived), headerOf(codec));
    assert.equal(codec.id, kind.id);
    assert.ok(Number.isInteger(codec.version) && codec.version >= 1 && codec.version <= kind.version);
    for (const value of values) {
      const bytes = codec.encode(value);
      assert.deepEqual(revived.encode(value), bytes);
      assertEqual(revived.decode(bytes), value);
    }
  });

  test(`${name}: any params are a codec or a CODEC error`, () => {
    const registry = new CodecRegistry([kind, ...nested.filter(({ id }) => id !== kind.id)]);
    const header = headerOf(create());
    const survives = (params: unknown) => {
      const revive = () => registry.revive({ ...header, params });
      const codec = attempt(revive, { codec: header.codec, direction: "revive" });
      if (codec === undefined) return;
      for (const value of values.slice(0, 5)) {
        const bytes = attempt(() => codec.encode(value), { codec: codec.id, direction: "encode" });
        if (bytes !== undefined) attempt(() => codec.decode(bytes), { codec: codec.id, direction: "decode" });
      }
    };
    junkData().forEach(survives);
    fc.assert(fc.property(mutatedData(header.params), survives), { numRuns: 300 });
  });
}

/** The result of `run`, or undefined when it threw the error that a codec may throw. */
function attempt<R>(run: () => R, expected: { codec: string; direction: string }): R | undefined {
  try {
    return run();
  } catch (error) {
    assertCodecError(error, expected);
    return undefined;
  }
}

function assertCodecError(error: unknown, { codec, direction }: { codec: string; direction: string }): void {
  if (direction === "revive" && isTinmanError(error, "CODEC_UNKNOWN")) return;
  if (!isTinmanError(error, "CODEC")) {
    throw new Error(`Codec "${codec}" threw another error than CODEC: ${error}`, { cause: error });
  }
  assert.equal(error.details.codec, codec);
  assert.equal(error.details.direction, direction);
}
