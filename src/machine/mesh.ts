/**
 * Datasets that several machines write apart from each other, each in a folder of this machine.
 *
 * @example A record that is there again
 * ```ts
 * import { initReplica, openReplica } from "tinman/mesh";
 *
 * {
 *   using survey = initReplica("survey", { name: "survey", as: "Ana" });
 *   survey.write({ kind: "record.create", record: "W-1", form: "well" });
 *   survey.write({ kind: "field.set", record: "W-1", field: "depth", value: 12.5 });
 * }
 * using survey = openReplica("survey");
 * survey.view.record("W-1")?.fields.get("depth")?.value; // 12.5
 * ```
 * @module
 */
import { isTinmanError, TinmanError } from "../errors/mod.ts";
import {
  type FolderMachine,
  FolderReplica,
  initFolder,
  type InitOptions,
  joinFolder,
  openFolder,
} from "../mesh/mod.ts";
import { type Invitation, parseInvitation } from "../mesh/mod.ts";
import { createDenoFiles, createWallClock, lockFolder, protectFile, secretBytes } from "../platform/mod.ts";

export { FolderReplica, type InitOptions, type Invitation };

/** What datasets in folders need, of this machine. */
export function meshMachine(): FolderMachine {
  return {
    files: createDenoFiles(),
    clock: createWallClock(),
    lock: lockDataset,
    secret: secretBytes,
    protect: protectFile,
  };
}

/**
 * Begins a dataset in a folder; whoever calls this is its first member, and an admin. Disposed by `using`.
 *
 * @throws {TinmanError} `EXISTS` when there is one, `CONFIG` for a name of no or more than 128 characters.
 */
export function initReplica(path: string, options: InitOptions): FolderReplica {
  return initFolder(path, meshMachine(), options);
}

/**
 * Opens the dataset in a folder, which one process does at a time. Disposed by `using`.
 *
 * @throws {TinmanError} `NOT_FOUND`, `UNAVAILABLE` while another process has it, `CORRUPT_LOG`, `INTEGRITY`.
 */
export function openReplica(path: string): FolderReplica {
  return openFolder(path, meshMachine());
}

/** Options of {@linkcode joinReplica}. */
export interface JoinReplicaOptions {
  /** The text that `tinman mesh invite` printed. */
  readonly invitation: string;
  /** What we want to be called. @default {"member"} */
  readonly as?: string;
}

/**
 * Takes part in a dataset of others, in a folder that has none. It can be written to when this device has met somebody.
 *
 * @throws {TinmanError} `CONFIG` for a text that is no invitation, `EXISTS`.
 */
export function joinReplica(path: string, { invitation, ...options }: JoinReplicaOptions): FolderReplica {
  return joinFolder(path, meshMachine(), { invitation: parseInvitation(invitation), ...options });
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
