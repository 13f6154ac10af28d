import { inflateRawSync } from "node:zlib";
import { crc32 } from "../bytes/mod.ts";
import { cannotRead, tooLarge } from "./problems.ts";

/** One file of an archive. */
interface ZipEntry {
  readonly at: number;
  readonly method: number;
  readonly crc: number;
  readonly packedBytes: number;
  readonly bytes: number;
}

/** Most files of a workbook, and most bytes of one and of all that are read, unpacked. */
const MAX_ENTRIES = 10_000;
const MAX_FILE = 64 * 1024 * 1024;
const MAX_TOTAL = 128 * 1024 * 1024;

/**
 * Reads the files of a ZIP archive (PKWARE APPNOTE 6.3.10: stored and deflated ones). A file is never unpacked further than
 * its size in the directory says, nor beyond the limit, whatever its bytes want.
 */
export class ZipReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #entries = new Map<string, ZipEntry>();
  /** By their names in small letters: to Office, `Sheet1.xml` is `sheet1.xml` (ECMA-376 part 2). */
  readonly #anyCase = new Map<string, ZipEntry>();
  #unpacked = 0;

  /** @throws {TinmanError} `CONFIG` when it is no archive. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#readDirectory();
  }

  /** The paths of its files. */
  get paths(): Iterable<string> {
    return this.#entries.keys();
  }

  /**
   * The bytes of a file; undefined when it is not there.
   *
   * @throws {TinmanError} `TOO_LARGE`; `CONFIG` when the bytes are damaged.
   */
  read(path: string): Uint8Array | undefined {
    const entry = this.#entries.get(path) ?? this.#anyCase.get(path.toLowerCase());
    if (entry === undefined) return undefined;
    if (entry.bytes > MAX_FILE) throw tooLarge(`the size of ${path}`, MAX_FILE, entry.bytes);
    this.#unpacked += entry.bytes;
    if (this.#unpacked > MAX_TOTAL) throw tooLarge("the size of what is in the archive", MAX_TOTAL, this.#unpacked);
    const packed = this.#packed(path, entry);
    const bytes = entry.method === 0 ? packed : inflate(path, packed, entry.bytes);
    if (bytes.length !== entry.bytes || crc32(bytes) !== entry.crc) throw damaged(`${path} is not what was packed`);
    return bytes;
  }

  #packed(path: string, { at, packedBytes, method }: ZipEntry): Uint8Array {
    if (method !== 0 && method !== 8) throw cannotRead(`${path} is packed by method ${method}, which is not served`);
    const header = this.#u32(at);
    if (header !== 0x04034b50) throw damaged(`${path} is not where the directory says`);
    const start = at + 30 + this.#u16(at + 26) + this.#u16(at + 28);
    if (start + packedBytes > this.#bytes.length) throw damaged(`${path} ends early`);
    return this.#bytes.subarray(start, start + packedBytes);
  }

  #readDirectory(): void {
    const end = this.#findEnd();
    const count = this.#u16(end + 10);
    if (count > MAX_ENTRIES) throw tooLarge("the number of files in the archive", MAX_ENTRIES, count);
    let at = this.#u32(end + 16);
    for (let i = 0; i < count; i++) {
      if (this.#u32(at) !== 0x02014b50) throw damaged("its directory ends early");
      const flags = this.#u16(at + 8);
      const length = this.#u16(at + 28);
      const path = new TextDecoder().decode(this.#slice(at + 46, length)).replaceAll("\\", "/");
      if ((flags & 1) !== 0) throw cannotRead("it is encrypted", { hint: "save it without a password" });
      if (this.#entries.has(path)) throw damaged(`${path} is in it twice`);
      const entry = {
        method: this.#u16(at + 10),
        crc: this.#u32(at + 16),
        packedBytes: this.#u32(at + 20),
        bytes: this.#u32(at + 24),
        at: this.#u32(at + 42),
      };
      this.#entries.set(path, entry);
      this.#anyCase.set(path.toLowerCase(), entry);
      at += 46 + length + this.#u16(at + 30) + this.#u16(at + 32);
    }
  }

  /** The end record stands before a comment of at most 65,535 bytes. */
  #findEnd(): number {
    const last = this.#bytes.length - 22;
    for (let at = last; at >= 0 && at >= last - 0xffff; at--) {
      if (this.#u32(at) === 0x06054b50 && at + 22 + this.#u16(at + 20) === this.#bytes.length) return at;
    }
    throw damaged("it has no directory");
  }

  #slice(at: number, length: number): Uint8Array {
    if (at + length > this.#bytes.length) throw damaged("its directory ends early");
    return this.#bytes.subarray(at, at + length);
  }

  #u16(at: number): number {
    if (at + 2 > this.#bytes.length) throw damaged("it ends early");
    return this.#view.getUint16(at, true);
  }

  #u32(at: number): number {
    if (at + 4 > this.#bytes.length) throw damaged("it ends early");
    return this.#view.getUint32(at, true);
  }
}

function inflate(path: string, packed: Uint8Array, bytes: number): Uint8Array {
  try {
    // One more than there may be, so that a bomb is noticed and not unpacked.
    return inflateRawSync(packed, { maxOutputLength: bytes + 1 });
  } catch (cause) {
    throw cannotRead(`${path} in it cannot be unpacked, or is longer than the ${bytes} bytes that it says`, { cause });
  }
}

function damaged(what: string) {
  return cannotRead(`the archive is damaged: ${what}`, { hint: "save the workbook as .xlsx once more" });
}
