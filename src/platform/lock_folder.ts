import { TinmanError } from "../errors/mod.ts";
import { writeFailure } from "./file_errors.ts";

/**
 * Takes a folder for this process alone, by a lock on a file in it, until what is returned is disposed. The system lets go of
 * it when the process ends, however that happens.
 *
 * @throws {TinmanError} `UNAVAILABLE` when another process, or this one, has it; `WRITE_FAILED`, such as on a disk that is
 * read-only.
 */
export function lockFolder(path: string): Disposable {
  const file = openLock(`${path}/lock`);
  if (file.tryLockSync(true)) return { [Symbol.dispose]: () => file.close() };
  file.close();
  throw new TinmanError("UNAVAILABLE", `Cannot use ${path}: another process uses it`, {
    what: path,
    hint: "one broker at a time: end the other one, or choose another folder",
  });
}

function openLock(path: string): Deno.FsFile {
  try {
    return Deno.openSync(path, { create: true, write: true });
  } catch (cause) {
    throw writeFailure("lock", path, cause);
  }
}
