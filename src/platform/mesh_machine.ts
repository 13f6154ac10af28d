import { isTinmanError, TinmanError } from "../errors/mod.ts";
import type { FolderMachine } from "../mesh/mod.ts";
import { createDenoFiles } from "./files.ts";
import { lockFolder } from "./lock_folder.ts";
import { protectFile } from "./process.ts";
import { secretBytes } from "./random.ts";
import { createWallClock } from "./wall_clock.ts";

/** What datasets in folders need, of this machine. */
export function meshMachine(): FolderMachine {
  return {
    files: createDenoFiles(),
    clock: createWallClock(),
    lock: lockDataset,
    secret: secretBytes,
    protect: protectFile,
    passphrase: () => Deno.env.get("TINMAN_PASSPHRASE"),
  };
}

function lockDataset(path: string): Disposable {
  try {
    return lockFolder(path);
  } catch (cause) {
    if (!isTinmanError(cause, "UNAVAILABLE")) throw cause;
    throw new TinmanError("UNAVAILABLE", `Cannot use ${path}: another process has this dataset`, {
      what: path,
      cause,
      hint: "one at a time; while `tinman mesh start` runs, other commands reach it over mesh.sock",
    });
  }
}
