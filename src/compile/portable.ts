import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import launcher from "./launcher.sh" with { type: "text" };
import { concat, encodeTar, type TarEntry } from "./tar.ts";

/** Options of {@linkcode encodePortable}. */
export interface PortableOptions {
  /** The version of tinman, for messages. */
  readonly version: string;
  /** What `uname -sm` says where the runtime runs: `Linux x86_64`. */
  readonly system: string;
  /** The runtime: the whole `deno`. */
  readonly runtime: Uint8Array;
  /** The modules of the bundle, the main module first. */
  readonly modules: readonly TarEntry[];
}

/**
 * One file that any POSIX shell runs: `launcher.sh`, and behind it a gzipped tar archive with the runtime and the bundle. The
 * same input gives the same bytes.
 */
export function encodePortable({ version, system, runtime, modules }: PortableOptions): Uint8Array {
  const files = [{ path: "deno", bytes: runtime, executable: true }, ...modules];
  const archive = gzipSync(encodeTar(files), { level: 6 });
  const sums = files.map(({ path, bytes }) => ({ path, size: bytes.length, sha256: sha256(bytes) }));
  const head = (start: number) =>
    new TextEncoder().encode(fill(launcher, {
      VERSION: version,
      SYSTEM: system,
      ID: sha256(new TextEncoder().encode(JSON.stringify(sums))).slice(0, 16),
      // As many digits whatever the number, so that it does not move what it counts.
      START: String(start).padStart(8, "0"),
      SIZE: String(archive.length),
      MAIN: modules[0]!.path,
      FILES: sums.map(({ path, size }) => `${size}:${path}`).join(" "),
      SUMS: sums.map(({ path, sha256 }) => `${sha256}  ${path}`).join("\n"),
    }));
  return concat([head(head(0).length + 1), archive]);
}

/** Puts values in the place of `@NAME@`; a name that has none stays, and is seen by the test. */
function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/@([A-Z_]+)@/g, (found, name: string) => values[name] ?? found);
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
