import { ByteReader, ByteWriter, type Codec, codecFailure, type CodecKind } from "tinman/codec";
import { encodeUtf8, unfitError } from "tinman/codec";
import { arrayOf, bytesOf, type DTypeArrays, dtypeOf, findDType, findDTypeCode, type NumberArray } from "./_dtype.ts";
import { readTexts, writeTexts } from "./_texts.ts";

/** The array that holds a column of each type. */
export type ColumnArrays = Omit<DTypeArrays, "bool" | "c64" | "c128"> & { text: string[]; bool: boolean[] };

/** The type of a column. */
export type ColumnType = keyof ColumnArrays;

/** Named columns of one length, the counterpart of a data frame. */
export type Table = Record<string, ColumnArrays[ColumnType]>;

/** The table that {@linkcode table} takes and gives when its columns are named. */
export type TableValue<S extends Readonly<Record<string, ColumnType>>> = {
  -readonly [K in keyof S]: ColumnArrays[S[K]];
};

// The numbers of types in a frame: those of ndarray, and one more.
const BOOL = 1;
const TEXT = 32;
const columnTypes = "text, bool, i8 to u64, f16, f32 or f64";

/**
 * Columns of numbers (typed arrays), texts and truth values, all of one length. Columns of numbers come back as views
 * into the frame, the others as copies; a column of numbers that is not at its boundary in memory is a copy too.
 *
 * Layout: `varint rows | varint columns | columns × (u8 type | varint length | name) | the columns, each at a multiple of
 * 8 | zeros to a multiple of 8`. Numbers are little-endian, truth values bytes, texts `rows × u32 end | UTF-8`.
 */
export function table(): Codec<Table>;
/** The same for exactly these columns: `table({ timeUs: "u64", celsius: "f32", place: "text" })`. */
export function table<const S extends Readonly<Record<string, ColumnType>>>(columns: S): Codec<TableValue<S>>;
export function table(columns?: Readonly<Record<string, ColumnType>>): Codec<never> {
  return create(columns && Object.entries(columns)) as Codec<unknown> as Codec<never>;
}

type Schema = readonly (readonly [name: string, type: ColumnType])[];

interface ColumnData {
  readonly name: string;
  readonly code: number;
  readonly data: ColumnArrays[ColumnType];
}

function create(schema: Schema | undefined): Codec<Table> {
  checkSchema(schema);
  return {
    id: "table",
    version: 1,
    ...(schema && { params: { columns: schema.map(([name, type]) => [name, type]) } }),
    encode(value) {
      try {
        return encode(columnsOf(value, schema));
      } catch (cause) {
        throw codecFailure("table", { direction: "encode", cause });
      }
    },
    decode(bytes) {
      try {
        return decode(new ByteReader(bytes), schema);
      } catch (cause) {
        throw codecFailure("table", { direction: "decode", cause });
      }
    },
  };
}

function encode(columns: readonly ColumnData[]): Uint8Array {
  const rows = columns[0]?.data.length ?? 0;
  const writer = new ByteWriter(64 + columns.reduce((sum, column) => sum + sizeHint(column), 0));
  writer.varint(rows).varint(columns.length);
  for (const { name, code } of columns) {
    const utf8 = encodeUtf8(name);
    writer.u8(code).varint(utf8.length).bytes(utf8);
  }
  for (const { code, data } of columns) {
    writer.align(8);
    if (code === TEXT) writeTexts(writer, data as string[]);
    else if (code === BOOL) { for (const truth of data as boolean[]) writer.u8(truth ? 1 : 0); }
    else writer.bytes(bytesOf(data as NumberArray));
  }
  return writer.align(8).view();
}

function decode(reader: ByteReader, schema: Schema | undefined): Table {
  const rows = reader.varint();
  const count = reader.varint();
  if (schema !== undefined && count !== schema.length) {
    throw new RangeError(`got ${count} columns, expected ${schema.length}`);
  }
  // A column has at least its type and the length of its name.
  if (count * 2 > reader.left || (count === 0 && rows > 0)) throw new RangeError(`${count} columns do not fit`);
  const columns = Array.from({ length: count }, () => ({ code: reader.u8(), name: reader.text(reader.varint()) }));
  const table: Table = {};
  for (const [i, { name, code }] of columns.entries()) {
    const [expected, type] = schema?.[i] ?? [name];
    if (name !== expected || (type !== undefined && code !== codeOf(type))) {
      throw new RangeError(`column ${i} is ${name} of type ${typeName(code)}, expected ${expected} of type ${type}`);
    }
    if (name === "__proto__" || Object.hasOwn(table, name)) {
      throw new RangeError(`column ${i} may not be called ${name}`);
    }
    reader.align(8);
    table[name] = readColumn(reader, { rows, code });
  }
  reader.align(8);
  reader.end();
  return table;
}

function readColumn(reader: ByteReader, { rows, code }: { rows: number; code: number }): ColumnArrays[ColumnType] {
  if (code === TEXT) return readTexts(reader, rows);
  if (code === BOOL) return Array.from(reader.bytes(rows), (byte) => byte !== 0);
  const entry = findDTypeCode(code);
  if (entry === undefined || entry.parts > 1) throw new RangeError(`no type of columns has the number ${code}`);
  return arrayOf(reader.bytes(rows * entry.array.BYTES_PER_ELEMENT), entry) as ColumnArrays[ColumnType];
}

function columnsOf(value: unknown, schema: Schema | undefined): ColumnData[] {
  if (typeof value !== "object" || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) {
    throw unfitError("table", value, { expected: "an object of columns" });
  }
  const table = value as Readonly<Record<string, unknown>>;
  const names = schema?.map(([name]) => name) ?? Object.keys(table);
  const extra = Object.keys(table).find((name) => !names.includes(name));
  if (extra !== undefined) {
    throw unfitError("table", table[extra], { at: `.${extra}`, expected: `only the columns ${names.join(", ")}` });
  }
  const columns = names.map((name, i) => columnOf(name, { data: table[name], type: schema?.[i]?.[1] }));
  const rows = columns[0]?.data.length;
  for (const { name, data } of columns) {
    if (data.length === rows) continue;
    throw unfitError("table", data, { at: `.${name}`, expected: `${rows} rows like .${names[0]}` });
  }
  return columns;
}

function columnOf(name: string, { data, type }: { data: unknown; type: ColumnType | undefined }): ColumnData {
  if (name === "__proto__" || !name.isWellFormed()) {
    throw unfitError("table", name, { expected: "another name for a column" });
  }
  const code = type === undefined ? guessCode(data) : codeOf(type);
  const expected = type ?? "a typed array, an array of texts or of truth values";
  const wanted = code === TEXT ? "string" : code === BOOL ? "boolean" : undefined;
  const fits = wanted === undefined ? dtypeOf(data)?.code === code : Array.isArray(data);
  if (code === undefined || !fits) throw unfitError("table", data, { at: `.${name}`, expected });
  const column = { name, code, data: data as ColumnArrays[ColumnType] };
  if (wanted !== undefined) checkItems(column, wanted);
  return column;
}

function checkItems({ name, data }: ColumnData, wanted: "string" | "boolean"): void {
  for (let i = 0; i < data.length; i++) {
    const item: unknown = data[i];
    if (typeof item === wanted && (wanted === "boolean" || (item as string).isWellFormed())) continue;
    const expected = wanted === "boolean" ? "true or false" : "text of whole characters";
    throw unfitError("table", item, { at: `.${name}[${i}]`, expected });
  }
}

function guessCode(data: unknown): number | undefined {
  return Array.isArray(data) ? typeof data[0] === "boolean" ? BOOL : TEXT : dtypeOf(data)?.code;
}

function codeOf(type: ColumnType): number | undefined {
  return type === "text" ? TEXT : findDType(type)?.code;
}

function typeName(code: number): string {
  return code === TEXT ? "text" : findDTypeCode(code)?.dtype ?? `${code}`;
}

function sizeHint({ name, data }: ColumnData): number {
  return 24 + name.length * 3 + (ArrayBuffer.isView(data) ? data.byteLength : data.length * 16);
}

function checkSchema(schema: Schema | undefined): void {
  const names = new Set<string>();
  for (const [name, type] of schema ?? []) {
    if (names.has(name) || name === "__proto__") throw new TypeError(`Cannot make a table: another column is ${name}`);
    const isKnown = type === "text" || (findDType(type)?.parts ?? 2) === 1;
    if (!isKnown) throw new TypeError(`Cannot make a table: .${name} is ${type}, expected ${columnTypes}`);
    names.add(name);
  }
}

/** Brings {@linkcode table} back from a header. */
export const tableKind: CodecKind = {
  id: "table",
  version: 1,
  revive({ params }) {
    try {
      const columns = (params as { columns?: unknown } | undefined)?.columns;
      if (columns === undefined) return create(undefined);
      if (!Array.isArray(columns)) throw new TypeError("columns is not an array of names and types");
      for (const column of columns as unknown[]) {
        if (!Array.isArray(column) || typeof column[0] !== "string") throw new TypeError("a column has no name");
      }
      return create(columns as Schema);
    } catch (cause) {
      throw codecFailure("table", { direction: "revive", cause });
    }
  },
};
