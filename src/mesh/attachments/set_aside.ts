import { TinmanError } from "../../errors/mod.ts";
import type { Files } from "../../files/mod.ts";

/** What a file is called that was set aside. */
export const ASIDE = /\.damaged-\d+$/;

/**
 * Moves a file to a name beside its own, which it gives, so that what belongs in its place can come again. Wherever it
 * fails, the file is where it was or all of it is beside. @throws {TinmanError} `WRITE_FAILED`, or what reading it throws
 */
export function setAside(files: Files, path: string): string {
  const to = freeName(`${path}.damaged`, files);
  try {
    copy(files, { from: path, to });
  } catch (error) {
    files.remove(to);
    throw error;
  }
  files.remove(path);
  return to;
}

/** The first of `path-1`, `path-2` and so on that is not there. */
export function freeName(path: string, files: Files): string {
  for (let i = 1;; i++) if (files.stat(`${path}-${i}`) === undefined) return `${path}-${i}`;
}

const CHUNK_BYTES = 2 ** 20;

function copy(files: Files, { from, to }: { readonly from: string; readonly to: string }): void {
  using source = files.open(from, "read");
  using target = files.open(to, "create");
  const chunk = new Uint8Array(CHUNK_BYTES);
  for (let at = 0, more = -1; (more = source.read(chunk, at)) !== 0; at += more) {
    for (let done = 0; done < more;) {
      const taken = target.write(chunk.subarray(done, more));
      if (taken === 0) {
        throw new TinmanError("WRITE_FAILED", `Cannot write ${to}: the disk is full`, {
          path: to,
          hint: `free some space, or delete ${from}: it is damaged`,
        });
      }
      done += taken;
    }
  }
  target.sync();
}
