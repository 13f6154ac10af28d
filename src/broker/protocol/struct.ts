import type { Field } from "./fields.ts";
import { protocolError } from "./protocol_error.ts";
import type { WireReader } from "./wire_reader.ts";
import { WireWriter } from "./wire_writer.ts";

/** Fields by name, in the order of the wire. */
export type Fields = Readonly<Record<string, Field<never>>>;

/** The values of fields. */
export type StructOf<F> = { readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never };

/** The values of fields for writing: what is left out is what it is in versions without it. */
export type PartialStruct<F> = Partial<StructOf<F>>;

type Entry = readonly [name: string, field: Field<unknown>];

/** Several fields as one; in flexible versions tagged fields follow them. Tags that are not known are passed over. */
export function struct<F extends Record<string, Field<never> | Field<unknown>>>(fields: F): Field<StructOf<F>> {
  const entries = Object.entries(fields) as unknown as Entry[];
  const plain = entries.filter(([, { tag }]) => tag === undefined);
  const tags = new Map(entries.filter(([, { tag }]) => tag !== undefined).map((entry) => [entry[1].tag!, entry]));
  const absent = Object.fromEntries(entries.map(([name, field]) => [name, field.absent]));
  return {
    read(from, version) {
      const value = { ...absent };
      for (const [name, field] of plain) if (isIn(field, version)) value[name] = field.read(from, version);
      if (from.flexible) readTags(from, version, { tags, value });
      return value as StructOf<F>;
    },
    write(to, given, version) {
      const value = given as Readonly<Record<string, unknown>>;
      for (const [name, field] of plain) {
        if (isIn(field, version)) field.write(to, value[name] === undefined ? field.absent : value[name], version);
      }
      if (to.flexible) writeTags(to, version, { tags, value });
    },
    absent: absent as StructOf<F>,
  };
}

/** Several fields as one, or `null`: a byte says which (-1 or 1). */
export function nullableStruct<F extends Record<string, Field<never> | Field<unknown>>>(
  fields: F,
): Field<StructOf<F> | null> {
  const inner = struct(fields);
  return {
    read: (from, version) => from.int8() < 0 ? null : inner.read(from, version),
    write(to, value, version) {
      to.int8(value === null ? -1 : 1);
      if (value !== null) inner.write(to, value, version);
    },
    absent: null,
  };
}

function isIn({ since = 0, until = Infinity }: Field<unknown>, version: number): boolean {
  return version >= since && version <= until;
}

interface Tags {
  readonly tags: ReadonlyMap<number, Entry>;
  readonly value: Record<string, unknown>;
}

function readTags(from: WireReader, version: number, { tags, value }: Tags): void {
  const count = from.uvarint();
  for (let i = 0; i < count; i++) {
    const tag = from.uvarint();
    const length = from.uvarint();
    const end = from.at + length;
    if (length > from.left) throw protocolError(`a tagged field of ${length} bytes in ${from.left}`);
    const entry = tags.get(tag);
    if (entry !== undefined && isIn(entry[1], version)) value[entry[0]] = entry[1].read(from, version);
    if (from.at > end) throw protocolError(`tagged field ${tag} is longer than the ${length} bytes that it says`);
    from.at = end;
  }
}

function writeTags(to: WireWriter, version: number, { tags, value }: Tags): void {
  const present = [...tags].filter(([, [name, field]]) =>
    isIn(field, version) && value[name] !== undefined && value[name] !== field.absent
  );
  to.uvarint(present.length);
  for (const [tag, [name, field]] of present.sort(([a], [b]) => a - b)) {
    const inner = new WireWriter();
    inner.flexible = true;
    field.write(inner, value[name], version);
    to.uvarint(tag);
    to.uvarint(inner.length);
    for (const part of inner.parts()) to.raw(part);
  }
}
