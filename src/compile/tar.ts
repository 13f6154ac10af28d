/** A file in an archive. */
export interface TarEntry {
  /** Path with `/`, at most 100 bytes when it is written. */
  readonly path: string;
  /** What is in it. */
  readonly bytes: Uint8Array;
  /** Whether it may be executed. @default {false} */
  readonly executable?: boolean;
}

const BLOCK = 512;

/**
 * An archive that `tar` reads anywhere (POSIX ustar). The same files give the same bytes: no owner, no time. Only the owner
 * may look into what is extracted.
 */
export function encodeTar(entries: readonly TarEntry[]): Uint8Array {
  const parts = entries.flatMap(({ path, bytes, executable = false }) => [
    header({ path, size: bytes.length, mode: executable ? 0o700 : 0o600 }),
    bytes,
    new Uint8Array(padding(bytes.length)),
  ]);
  return concat([...parts, new Uint8Array(2 * BLOCK)]);
}

/** The files of an archive. Folders, links and everything else are left out. */
export function decodeTar(archive: Uint8Array): TarEntry[] {
  const entries: TarEntry[] = [];
  for (let at = 0; at + BLOCK <= archive.length && archive[at] !== 0;) {
    const size = parseInt(field(archive, at + 124, 12), 8);
    const [name, prefix] = [field(archive, at, 100), field(archive, at + 345, 155)];
    const type = field(archive, at + 156, 1);
    const bytes = archive.subarray(at + BLOCK, at + BLOCK + size);
    if (type === "" || type === "0") entries.push({ path: prefix === "" ? name : `${prefix}/${name}`, bytes });
    at += BLOCK + size + padding(size);
  }
  return entries;
}

/** Field by field: name, mode, uid, gid, size, mtime, checksum, type, link, magic and version. */
function header({ path, size, mode }: { path: string; size: number; mode: number }): Uint8Array {
  const name = new TextEncoder().encode(path);
  if (name.length > 100) throw new RangeError(`Cannot archive ${path}: its path has more than 100 bytes`);
  const block = new Uint8Array(BLOCK);
  block.set(name);
  const put = (at: number, text: string) => block.set(new TextEncoder().encode(text), at);
  put(100, octal(mode, 7));
  put(108, octal(0, 7));
  put(116, octal(0, 7));
  put(124, octal(size, 11));
  put(136, octal(0, 11));
  put(148, " ".repeat(8)); // counts as spaces in the sum
  put(156, "0");
  put(257, "ustar\u000000");
  put(148, `${octal(block.reduce((sum, byte) => sum + byte), 6)}\0 `);
  return block;
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, "0");
}

function padding(size: number): number {
  return (BLOCK - size % BLOCK) % BLOCK;
}

function field(bytes: Uint8Array, at: number, length: number): string {
  return new TextDecoder().decode(bytes.subarray(at, at + length)).replace(/\0.*$/s, "");
}

/** One array with all bytes, one part after the other. */
export function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
