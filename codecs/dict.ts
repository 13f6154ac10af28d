import { type Codec, codecFailure, type CodecKind, type CodecValue, headerOf, unfitError } from "tinman/codec";
import { decodeParts, encodeParts } from "./_parts.ts";

/** The codecs of the keys. */
export type DictFields = Readonly<Record<string, Codec<unknown>>>;

/** The object that {@linkcode dict} takes and gives. */
export type DictValue<F extends DictFields, M extends "refuse" | "allow"> = M extends "allow"
  ? { -readonly [K in keyof F]?: CodecValue<F[K]> }
  : { -readonly [K in keyof F]: CodecValue<F[K]> };

/** Options for {@linkcode dict}. */
export interface DictOptions<M extends "refuse" | "allow" = "refuse" | "allow"> {
  /** Whether a key may be left out; what was left out stays out. @default {"refuse"} */
  readonly missing?: M;
}

/**
 * An object with fixed keys, each by its own codec, in the order in which they are named here. A key that is not named
 * is an error, so that nothing gets lost. For many numbers `struct()` is smaller and faster.
 */
export function dict<F extends DictFields, M extends "refuse" | "allow" = "refuse">(
  fields: F,
  options: DictOptions<M> = {},
): Codec<DictValue<F, M>> {
  const { missing = "refuse" } = options;
  return create(Object.entries(fields), missing === "allow") as Codec<unknown> as Codec<DictValue<F, M>>;
}

const MISSING_HINT = 'dict(fields, { missing: "allow" }) lets keys be left out';

function create(fields: readonly (readonly [string, Codec<unknown>])[], mayMiss: boolean): Codec<object> {
  const names = fields.map(([name]) => name);
  if (new Set(names).size !== names.length) throw new TypeError("Cannot make a dict: a key is named twice");
  if (names.includes("__proto__")) throw new TypeError("Cannot make a dict with a key called __proto__");
  return {
    id: "dict",
    version: 1,
    params: { fields: fields.map(([name, codec]) => [name, headerOf(codec)]), ...(mayMiss && { missing: "allow" }) },
    encode(value) {
      const parts: (Uint8Array | undefined)[] = [];
      let at = "";
      try {
        checkKeys(value, names);
        for (const [name, codec] of fields) {
          at = `.${name}`;
          const isThere = Object.hasOwn(value, name);
          if (!isThere && !mayMiss) throw unfitError("dict", undefined, { expected: "a value", hint: MISSING_HINT });
          parts.push(isThere ? codec.encode((value as Record<string, unknown>)[name]) : undefined);
        }
      } catch (cause) {
        throw codecFailure("dict", { direction: "encode", cause, at });
      }
      return encodeParts(parts);
    },
    decode(bytes) {
      const value: Record<string, unknown> = {};
      let at = "";
      try {
        const parts = decodeParts(bytes);
        if (parts.length !== fields.length) {
          throw new RangeError(`got ${parts.length} keys, expected ${fields.length}`);
        }
        for (const [i, part] of parts.entries()) {
          const [name, codec] = fields[i]!;
          at = `.${name}`;
          if (part !== undefined) value[name] = codec.decode(part);
          else if (!mayMiss) throw new RangeError("the key is missing");
        }
        return value;
      } catch (cause) {
        throw codecFailure("dict", { direction: "decode", cause, at });
      }
    },
  };
}

function checkKeys(value: unknown, names: readonly string[]): void {
  if (typeof value !== "object" || value === null) {
    throw unfitError("dict", value, { expected: `an object with ${names.join(", ")}` });
  }
  const extra = Object.keys(value).find((key) => !names.includes(key));
  if (extra === undefined) return;
  throw unfitError("dict", (value as Record<string, unknown>)[extra], {
    at: `.${extra}`,
    expected: `only the keys ${names.join(", ")}`,
  });
}

/** Brings {@linkcode dict} back from a header. */
export const dictKind: CodecKind = {
  id: "dict",
  version: 1,
  revive({ params }, revive) {
    try {
      const { fields, missing } = (params ?? {}) as { fields?: unknown; missing?: unknown };
      if (!Array.isArray(fields)) throw new TypeError("fields is not an array of names and headers");
      if (missing !== undefined && missing !== "allow") throw new TypeError('missing is neither absent nor "allow"');
      const revived = fields.map((field: unknown) => {
        if (!Array.isArray(field) || typeof field[0] !== "string") throw new TypeError("a field has no name");
        return [field[0], revive(field[1])] as const;
      });
      return create(revived, missing === "allow");
    } catch (cause) {
      throw codecFailure("dict", { direction: "revive", cause });
    }
  },
};
