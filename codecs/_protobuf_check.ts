import { type DescEnum, type DescField, type DescMessage, isMessage, ScalarType } from "@bufbuild/protobuf";
import { isWrapperDesc } from "@bufbuild/protobuf/wkt";
import { unfitError } from "tinman/codec";

/** A part of a message and the path to it. */
interface Place {
  readonly value: unknown;
  readonly at: string;
}

/**
 * Throws a `CODEC` error unless `value` fits the message `desc`. Protobuf-ES itself drops a field that it does not know
 * and writes 0 or NaN for text in the place of a number: here nothing gets lost unsaid.
 */
export function checkMessage(desc: DescMessage, { value, at }: Place): void {
  if (typeof value !== "object" || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) {
    throw unfit({ value, at }, `a message ${desc.typeName}`);
  }
  if (isMessage(value) && value.$typeName !== desc.typeName) {
    throw unfit({ value: value.$typeName, at: `${at}.$typeName` }, desc.typeName);
  }
  const fields = value as Readonly<Record<string, unknown>>;
  for (const [name, inner] of Object.entries(fields)) {
    if (inner === undefined || name === "$typeName" || name === "$unknown") continue;
    const member = desc.members.find(({ localName }) => localName === name);
    if (member === undefined) {
      throw unfit(
        { value: inner, at: `${at}.${name}` },
        `only ${desc.members.map(({ localName }) => localName).join(", ")}`,
      );
    }
    if (member.kind === "field") {
      checkField(member, { value: inner, at: `${at}.${name}` });
      continue;
    }
    const { case: chosen, value: choice } = inner as { case?: unknown; value?: unknown };
    if (chosen === undefined) continue;
    const field = member.fields.find(({ localName }) => localName === chosen);
    if (field === undefined) {
      throw unfit(
        { value: chosen, at: `${at}.${name}.case` },
        member.fields.map(({ localName }) => localName).join(" or "),
      );
    }
    checkField(field, { value: choice, at: `${at}.${name}.value` });
  }
}

function checkField(field: DescField, { value, at }: Place): void {
  if (field.fieldKind === "list") {
    if (!Array.isArray(value)) throw unfit({ value, at }, "an array");
    for (let i = 0; i < value.length; i++) checkItem(field, { value: value[i], at: `${at}[${i}]` });
  } else if (field.fieldKind === "map") {
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw unfit({ value, at }, "an object");
    for (const [key, item] of Object.entries(value)) {
      checkKey(field.mapKey, { value: key, at });
      checkItem(field, { value: item, at: `${at}.${key}` });
    }
  } else checkItem(field, { value, at });
}

function checkItem(field: DescField, { value, at }: Place): void {
  if (field.message !== undefined) checkInner(field.message, { value, at });
  else if (field.enum !== undefined) checkEnum(field.enum, { value, at });
  else if (field.scalar !== undefined) checkScalar(field.scalar, { value, at });
}

function checkInner(desc: DescMessage, { value, at }: Place): void {
  // Protobuf-ES has google.protobuf.Struct as plain JSON, and wrappers such as Int32Value as what they wrap.
  if (desc.typeName === "google.protobuf.Struct" && !isMessage(value)) return;
  if (isWrapperDesc(desc) && (typeof value !== "object" || value instanceof Uint8Array)) {
    return checkItem(desc.fields[0]!, { value, at });
  }
  checkMessage(desc, { value, at });
}

function checkEnum(desc: DescEnum, { value, at }: Place): void {
  const isKnown = desc.values.some(({ number }) => number === value);
  if (!isKnown && (!desc.open || !isWhole(value, { bits: 32, isSigned: true }))) {
    throw unfit({ value, at }, `a number of ${desc.typeName}`);
  }
}

function checkKey(type: ScalarType, { value: key, at }: Place & { value: string }): void {
  // A JavaScript object has its keys as text, whatever their type is.
  const isText = type === ScalarType.STRING;
  const isBool = type === ScalarType.BOOL;
  if (isText ? key.isWellFormed() : isBool ? key === "true" || key === "false" : /^-?\d+$/.test(key)) return;
  throw unfit({ value: key, at }, `keys of the type ${ScalarType[type]}`);
}

function checkScalar(type: ScalarType, { value, at }: Place): void {
  if (!fits(type, value)) throw unfit({ value, at }, `${ScalarType[type].toLowerCase()}`);
}

function fits(type: ScalarType, value: unknown): boolean {
  switch (type) {
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      return typeof value === "number";
    case ScalarType.BOOL:
      return typeof value === "boolean";
    case ScalarType.STRING:
      return typeof value === "string" && value.isWellFormed();
    case ScalarType.BYTES:
      return value instanceof Uint8Array;
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return isWhole(value, { bits: 32, isSigned: false });
    case ScalarType.INT32:
    case ScalarType.SINT32:
    case ScalarType.SFIXED32:
      return isWhole(value, { bits: 32, isSigned: true });
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return isWhole(value, { bits: 64, isSigned: false });
    default:
      return isWhole(value, { bits: 64, isSigned: true });
  }
}

// 64-bit numbers are bigints, or text where the schema says jstype = JS_STRING; small ones may be numbers.
function isWhole(value: unknown, { bits, isSigned }: { bits: 32 | 64; isSigned: boolean }): boolean {
  if (typeof value === "number" ? !Number.isSafeInteger(value) : bits === 32) return false;
  if (
    typeof value === "string" ? !/^-?\d{1,20}$/.test(value) : typeof value !== "number" && typeof value !== "bigint"
  ) {
    return false;
  }
  const whole = BigInt(value as string | number | bigint);
  return (isSigned ? BigInt.asIntN(bits, whole) : BigInt.asUintN(bits, whole)) === whole;
}

function unfit({ value, at }: Place, expected: string): Error {
  return unfitError("protobuf", value, { at, expected });
}
