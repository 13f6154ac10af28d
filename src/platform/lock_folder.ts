import { TinmanError } from "../errors/mod.ts";

/**
 * Takes a folder for this process alone, by a lock on a file in it, until what is returned is disposed. The system lets go of
 * it when the process ends, however that happens.
 *
 * @throws {TinmanError} `UNAVAILABLE` when another process, or this one, has it.
 */
export function lockFolder(path: string): Disposable {
  const file = Deno.openSync(`${path}/lock`, { create: true, write: true });
  if (file.tryLockSync(true)) return { [Symbol.dispose]: () => file.close() };
  file.close();
  throw new TinmanError("UNAVAILABLE", `Cannot use ${path}: another process uses it`, {
    what: path,
    hint: "one broker at a time: end the other one, or choose another folder",
  });
}
