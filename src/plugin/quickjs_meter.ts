/**
 * Puts a meter into a WebAssembly module: now and then, in every loop, it calls one of its own imports.
 *
 * QuickJS asks whether it should stop only between steps of the interpreter. One step can take for ever, such as
 * `[].indexOf.call({ length: 2 ** 53 - 1 }, 0)`, and nothing else on the thread could end it. With the meter, an import that
 * throws does, wherever it is.
 *
 * Each loop takes one from a global; copying and filling take one for 64 bytes. Below zero the import is called and the
 * global is filled up. The module's own globals, functions and types keep their numbers.
 *
 * Format: WebAssembly Core Specification 2.0, chapter 5.
 *
 * @throws {Error} For a module with instructions that are not known here.
 */
export function meterLoops(wasm: Uint8Array, options: {
  /** The name of the import; it takes nothing and gives nothing. */
  readonly call: string;
  /** How much is done before it is called again. @default {50_000} */
  readonly every?: number;
}): Uint8Array<ArrayBuffer> {
  const { call, every = 50_000 } = options;
  const reader = new Reader(wasm, 8);
  const sections: { readonly id: number; readonly start: number; readonly end: number }[] = [];
  while (reader.at < wasm.length) {
    const id = reader.byte();
    const end = reader.number() + reader.at;
    sections.push({ id, start: reader.at, end });
    reader.at = end;
  }
  const section = (id: number) => sections.find((each) => each.id === id) ?? fail(`it has no section ${id}`);

  const globals = new Reader(wasm, section(GLOBALS).start).number();
  const [left, size] = [globals, globals + 1];
  const meter = {
    loop: Uint8Array.of(
      ...[0x23, ...number(left), 0x41, 1, 0x6b, 0x24, ...number(left)], // global.get, i32.const, i32.sub, global.set
      ...[0x23, ...number(left), 0x41, 0, 0x48, 0x04, 0x40], // global.get, i32.const, i32.lt_s, if
      ...[0x10, ...number(findImport(new Reader(wasm, section(IMPORTS).start), call))], // call
      ...[0x41, ...signed(every), 0x24, ...number(left), 0x0b], // i32.const, global.set, end
    ),
    bulk: Uint8Array.of(
      ...[0x24, ...number(size), 0x23, ...number(left), 0x23, ...number(size)], // global.set, global.get, global.get
      ...[0x41, 6, 0x76, 0x6b, 0x24, ...number(left)], // i32.const, i32.shr_u, i32.sub, global.set
      ...[0x23, ...number(size)], // global.get
    ),
  };

  const writer = new Writer(wasm.length * 2);
  writer.copy(wasm, 0, 8);
  for (const { id, start, end } of sections) {
    writer.add([id]);
    if (id === GLOBALS) writer.sized(() => addGlobals(new Reader(wasm, start), { end, writer, every }));
    else if (id === CODE) writer.sized(() => meterCode(new Reader(wasm, start), { writer, meter }));
    else writer.sized(() => writer.copy(wasm, start, end));
  }
  return writer.done();
}

const [IMPORTS, GLOBALS, CODE] = [2, 6, 10];

/** Instructions to insert at the head of a loop, and before `memory.copy` and `memory.fill`. */
interface Meter {
  readonly loop: Uint8Array;
  readonly bulk: Uint8Array;
}

function findImport(reader: Reader, name: string): number {
  const count = reader.number();
  let functions = 0;
  for (let i = 0; i < count; i++) {
    reader.skip(reader.number());
    const length = reader.number();
    const found = new TextDecoder().decode(reader.bytes.subarray(reader.at, reader.at + length));
    reader.skip(length);
    const kind = reader.byte();
    if (kind === 0x00) {
      if (found === name) return functions;
      functions++;
      reader.number();
    } else if (kind === 0x02) {
      const limits = reader.number();
      reader.number();
      if (limits & 1) reader.number();
    } else fail(`it imports something of kind ${kind}`); // imported globals would count as well
  }
  return fail(`it imports no function "${name}"`);
}

function addGlobals(reader: Reader, { end, writer, every }: { end: number; writer: Writer; every: number }): void {
  writer.add(number(reader.number() + 2));
  writer.copy(reader.bytes, reader.at, end);
  writer.add([0x7f, 0x01, 0x41, ...signed(every), 0x0b]); // i32, var, i32.const, end
  writer.add([0x7f, 0x01, 0x41, 0, 0x0b]);
}

function meterCode(reader: Reader, { writer, meter }: { writer: Writer; meter: Meter }): void {
  const count = reader.number();
  writer.add(number(count));
  for (let i = 0; i < count; i++) {
    const end = reader.number() + reader.at;
    writer.sized(() => meterFunction(reader, { end, writer, meter }));
  }
}

function meterFunction(reader: Reader, { end, writer, meter }: { end: number; writer: Writer; meter: Meter }): void {
  let copied = reader.at;
  for (let locals = reader.number(); locals > 0; locals--) {
    reader.number();
    reader.byte();
  }
  while (reader.at < end) {
    const start = reader.at;
    const opcode = reader.byte();
    skipImmediates(reader, opcode);
    const isLoop = opcode === 0x03;
    const isBulk = opcode === 0xfc && (reader.bytes[start + 1] === 10 || reader.bytes[start + 1] === 11);
    if (!isLoop && !isBulk) continue;
    const at = isLoop ? reader.at : start;
    writer.copy(reader.bytes, copied, at);
    writer.add(isLoop ? meter.loop : meter.bulk);
    copied = at;
  }
  writer.copy(reader.bytes, copied, end);
}

/** How many LEB128 numbers follow each of these; 0x45 to 0xc4 have none. */
const numbersAfter = new Map<number, number>([
  ...[0x00, 0x01, 0x05, 0x0b, 0x0f, 0x1a, 0x1b, 0xd1].map((opcode) => [opcode, 0] as const),
  ...[0x02, 0x03, 0x04, 0x0c, 0x0d, 0x10, 0x12, 0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x3f, 0x40, 0x41, 0x42, 0xd0]
    .concat(0xd2).map((opcode) => [opcode, 1] as const),
  ...[0x11, 0x13].map((opcode) => [opcode, 2] as const),
  ...Array.from({ length: 0x3f - 0x28 }, (_, i) => [0x28 + i, 2] as const), // loads and stores
  ...Array.from({ length: 0xc5 - 0x45 }, (_, i) => [0x45 + i, 0] as const), // arithmetic
]);
/** The same after 0xfc. */
const numbersAfterFc = [0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 2, 1, 2, 1, 2, 1, 1, 1];

function skipImmediates(reader: Reader, opcode: number): void {
  if (opcode === 0x43) return reader.skip(4);
  if (opcode === 0x44) return reader.skip(8);
  let count = numbersAfter.get(opcode);
  if (opcode === 0x0e) count = reader.number() + 1; // br_table
  else if (opcode === 0x1c) count = reader.number(); // select with types
  else if (opcode === 0xfc) count = numbersAfterFc[reader.number()];
  if (count === undefined) fail(`instruction 0x${opcode.toString(16)} at byte ${reader.at} is not known here`);
  for (; count > 0; count--) reader.skipNumber();
}

function fail(problem: string): never {
  throw new Error(`Cannot put a meter into a WebAssembly module: ${problem}`);
}

/** Unsigned LEB128. */
function number(value: number): number[] {
  return value < 0x80 ? [value] : [value & 0x7f | 0x80, ...number(value >>> 7)];
}

/** Signed LEB128 of a number that is not negative. */
function signed(value: number): number[] {
  return value < 0x40 ? [value] : [value & 0x7f | 0x80, ...signed(value >>> 7)];
}

class Reader {
  constructor(readonly bytes: Uint8Array, public at: number) {}

  byte(): number {
    return this.bytes[this.at++] ?? fail("it ends early");
  }

  number(): number {
    let value = 0;
    for (let shift = 0;; shift += 7) {
      const byte = this.byte();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
  }

  skipNumber(): void {
    while (this.byte() >= 0x80);
  }

  skip(count: number): void {
    this.at += count;
  }
}

class Writer {
  #bytes: Uint8Array<ArrayBuffer>;
  #at = 0;

  constructor(capacity: number) {
    this.#bytes = new Uint8Array(capacity);
  }

  add(bytes: ArrayLike<number>): void {
    if (this.#at + bytes.length > this.#bytes.length) {
      const larger = new Uint8Array((this.#at + bytes.length) * 2);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  copy(source: Uint8Array, from: number, to: number): void {
    this.add(source.subarray(from, to));
  }

  /** What `write` writes, after its length; the length takes five bytes, which LEB128 allows. */
  sized(write: () => void): void {
    const head = this.#at;
    this.add([0, 0, 0, 0, 0]);
    write();
    let length = this.#at - head - 5;
    for (let i = 0; i < 5; i++, length >>>= 7) this.#bytes[head + i] = length & 0x7f | (i < 4 ? 0x80 : 0);
  }

  done(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#at);
  }
}
