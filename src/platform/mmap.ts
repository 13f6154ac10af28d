import fs from "node:fs";
import { isGranted } from "./permission.ts";

/** Options of {@linkcode createMapper}. */
export interface MapperOptions {
  /**
   * How long bytes that nobody refers to any more stay mapped. A socket or a file that still writes them out does not
   * count as somebody, and would find them gone. @default {10000}
   */
  readonly keepMs?: number;
}

/** See {@linkcode createMapper}. */
export type Mapper = (path: string) => Uint8Array | undefined;

/**
 * Gives files as memory without reading them: gigabytes in microseconds, and only the pages that are touched are loaded.
 * Private and writable: a write to the bytes changes a copy of the page, never the file, and never crashes.
 *
 * Undefined where there is no mmap to be had: without `--allow-ffi`, on Windows, for an empty or missing file. The bytes
 * are unmapped some time after nobody refers to them any more. Do not transfer their buffer to another thread, which
 * would hide it from that count. Whoever cuts the file short while it is mapped ends this process (SIGBUS).
 */
export function createMapper({ keepMs = 10_000 }: MapperOptions = {}): Mapper {
  if (libc === undefined) return () => undefined;
  const memory = new Memory(libc, keepMs);
  // Asked each time, because a permission can be dropped.
  return (path) => isGranted({ name: "ffi" }) ? withFile(path, (fd, size) => memory.map(fd, size)) : undefined;
}

interface Mapping {
  readonly pointer: Deno.PointerObject;
  readonly size: number;
}

class Memory {
  readonly #libc: Libc;
  readonly #keepMs: number;
  /** Mappings that nobody refers to, the oldest first. */
  readonly #unused: { readonly mapping: Mapping; readonly sinceMs: number }[] = [];
  readonly #inUse = new FinalizationRegistry<Mapping>((mapping) => {
    this.#unused.push({ mapping, sinceMs: performance.now() });
    this.#clear();
  });

  constructor(libc: Libc, keepMs: number) {
    this.#libc = libc;
    this.#keepMs = keepMs;
  }

  map(fd: number, size: number): Uint8Array | undefined {
    this.#clear();
    // An empty file is refused, and a folder.
    const pointer = this.#libc.mmap(null, BigInt(size), PROT_READ_WRITE, MAP_PRIVATE, fd, 0n);
    if (pointer === null || Deno.UnsafePointer.value(pointer) === MAP_FAILED) return undefined;
    try {
      const buffer = Deno.UnsafePointerView.getArrayBuffer(pointer, size);
      this.#inUse.register(buffer, { pointer, size });
      return new Uint8Array(buffer);
    } catch {
      // Larger than V8 takes.
      this.#unmap({ pointer, size });
      return undefined;
    }
  }

  #clear(): void {
    const beforeMs = performance.now() - this.#keepMs;
    while (this.#unused.length > 0 && this.#unused[0]!.sinceMs <= beforeMs) this.#unmap(this.#unused.shift()!.mapping);
  }

  #unmap({ pointer, size }: Mapping): void {
    this.#libc.munmap(pointer, BigInt(size));
  }
}

/** Where libc is, by operating system. */
const LIBRARIES: Readonly<Record<string, readonly string[]>> = {
  linux: ["libc.so.6", `libc.musl-${Deno.build.arch}.so.1`],
  darwin: ["/usr/lib/libSystem.B.dylib"],
};
const SYMBOLS = {
  mmap: { parameters: ["pointer", "usize", "i32", "i32", "i32", "i64"], result: "pointer" },
  munmap: { parameters: ["pointer", "usize"], result: "i32" },
} as const;
const PROT_READ_WRITE = 1 | 2;
// Private pages count as memory that might be needed; MAP_NORESERVE (Linux) lets a file be larger than the memory.
const MAP_PRIVATE = Deno.build.os === "linux" ? 2 | 0x4000 : 2;
const MAP_FAILED = 2n ** 64n - 1n;

type Libc = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];

// Opened with the module (0.2 ms) and not at the first use, where Deno's tests would take it for a leak of that test.
const libc = openLibc();

function openLibc(): Libc | undefined {
  if (!isGranted({ name: "ffi" })) return undefined;
  for (const library of LIBRARIES[Deno.build.os] ?? []) {
    try {
      return Deno.dlopen(library, SYMBOLS).symbols;
    } catch {
      // Another libc, or none: the next one, and in the end plain reads.
    }
  }
  return undefined;
}

/** Opened by node:fs, so that Deno's read permission holds here too. */
function withFile<T>(path: string, use: (fd: number, size: number) => T): T | undefined {
  let fd: number;
  try {
    fd = fs.openSync(path, "r");
  } catch {
    return undefined;
  }
  try {
    return use(fd, fs.fstatSync(fd).size);
  } finally {
    // A mapping holds its file by itself.
    fs.closeSync(fd);
  }
}
