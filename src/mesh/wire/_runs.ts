import fc from "fast-check";
import type { MeshEvent } from "../event.ts";
import { knownKinds } from "../kinds.ts";
import type { Run } from "../run.ts";

const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }).filter((each) => each.isWellFormed()),
  fc.stringMatching(/^[0-9a-f -]{0,40}$/),
  fc.lorem({ maxCount: 12 }),
  fc.uuid(),
  fc.constantFrom("R-0009", "R-0010", "R-99", "007", "0", "9999999999999999", "a  b", " a", "pump 12x", "2026-05-13"),
);
const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.integer({ min: -1e6, max: 1e6 }).map((each) => each / 1000),
  fc.constantFrom(0, -0, 1e300, 5e-324, 2 ** 51, 2 ** 53, 0.1 + 0.2),
);
const device = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => bytes.toHex());
const ref = fc.record({ device, seq: fc.integer({ min: 1, max: 2 ** 32 - 1 }), check: fc.nat(2 ** 32 - 1) }, {
  noNullPrototype: true,
});
const key = fc.string({ maxLength: 12 }).filter((each) => each !== "__proto__");
const value: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, false),
    number,
    text,
    ref,
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(key, tie("value"), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value;

const payload: fc.Arbitrary<MeshEvent["payload"]> = fc.oneof(
  fc.record({ record: text, field: fc.constantFrom("a", "b", "c"), value }, { noNullPrototype: true }),
  fc.dictionary(fc.oneof(fc.constantFrom("record", "field", "value", "supersedes"), key), value, {
    maxKeys: 5,
    noNullPrototype: true,
  }),
);
const stamp = { wallMs: fc.oneof(fc.nat(2 ** 20), fc.integer({ min: 0, max: 2 ** 48 - 1 })), counter: fc.nat(65535) };
const kind = fc.oneof(fc.constantFrom(...knownKinds().keys()), fc.string({ minLength: 1, maxLength: 20 }));

/** Any event that has the form of one, whether or not it fits its kind. */
export const anyEvent: fc.Arbitrary<MeshEvent> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ ...stamp, kind, payload }, { noNullPrototype: true }) },
  fc.record({
    ...stamp,
    kind,
    payload: fc.constant(undefined),
    payloadHash: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  }, { noNullPrototype: true }),
);

/** Any run that has the form of one. */
export const anyRun: fc.Arbitrary<Run> = fc.record({
  device,
  from: fc.oneof(fc.nat(3), fc.nat(2 ** 32 - 1)),
  after: fc.nat(2 ** 32 - 1),
  events: fc.array(anyEvent, { minLength: 1, maxLength: 12 }),
  signature: fc.uint8Array({ minLength: 64, maxLength: 64 }),
}, { noNullPrototype: true });
