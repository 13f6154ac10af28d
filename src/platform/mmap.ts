import fs from "node:fs";
import { isGranted } from "./permission.ts";

/**
 * A file as memory, without reading it: whole gigabytes in microseconds, and only the pages that are touched are loaded.
 * Private and writable: a write to the bytes changes a copy of the page, never the file, and never crashes.
 *
 * Undefined where there is no mmap to be had: without `--allow-ffi`, on Windows, for an empty or missing file. The bytes
 * are unmapped when nobody refers to them any more; do not transfer their buffer to another thread, which would hide
 * it from that count. Whoever cuts the file short while it is mapped ends this process (SIGBUS).
 */
export function mapFile(path: string): Uint8Array | undefined {
  const system = openSystem();
  if (system === undefined) return undefined;
  let fd: number;
  try {
    fd = fs.openSync(path, "r");
  } catch {
    return undefined;
  }
  try {
    const { size } = fs.fstatSync(fd);
    return size === 0 ? undefined : system.map(fd, size);
  } finally {
    // The mapping holds the file by itself.
    fs.closeSync(fd);
  }
}

interface System {
  map(fd: number, size: number): Uint8Array | undefined;
}

interface Mapping {
  readonly pointer: Deno.PointerObject;
  readonly size: number;
}

/** By operating system: where libc is. The constants below are the same on both. */
const LIBRARIES: Readonly<Record<string, readonly string[]>> = {
  linux: ["libc.so.6", `libc.musl-${Deno.build.arch}.so.1`],
  darwin: ["/usr/lib/libSystem.B.dylib"],
};
const PROT_READ_WRITE = 1 | 2;
const MAP_PRIVATE = 2;
const MAP_FAILED = 2n ** 64n - 1n;

let opened: System | undefined | "not yet" = "not yet";

function openSystem(): System | undefined {
  // Asked each time, because a permission can be dropped.
  if (!isGranted({ name: "ffi" })) return undefined;
  if (opened === "not yet") opened = loadSystem();
  return opened;
}

function loadSystem(): System | undefined {
  for (const library of LIBRARIES[Deno.build.os] ?? []) {
    try {
      return createSystem(Deno.dlopen(library, SYMBOLS).symbols);
    } catch {
      // Another libc, or none: the next one, and in the end plain reads.
    }
  }
  return undefined;
}

const SYMBOLS = {
  mmap: { parameters: ["pointer", "usize", "i32", "i32", "i32", "i64"], result: "pointer" },
  munmap: { parameters: ["pointer", "usize"], result: "i32" },
} as const;

function createSystem(libc: Deno.DynamicLibrary<typeof SYMBOLS>["symbols"]): System {
  const unused = new FinalizationRegistry<Mapping>(({ pointer, size }) => {
    libc.munmap(pointer, BigInt(size));
  });
  return {
    map(fd, size) {
      const pointer = libc.mmap(null, BigInt(size), PROT_READ_WRITE, MAP_PRIVATE, fd, 0n);
      if (pointer === null || Deno.UnsafePointer.value(pointer) === MAP_FAILED) return undefined;
      try {
        const buffer = Deno.UnsafePointerView.getArrayBuffer(pointer, size);
        unused.register(buffer, { pointer, size });
        return new Uint8Array(buffer);
      } catch {
        libc.munmap(pointer, BigInt(size));
        return undefined;
      }
    },
  };
}
