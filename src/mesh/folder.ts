import { TinmanError } from "../errors/mod.ts";
import type { DatasetInfo } from "./dataset.ts";
import type { DeviceKey } from "./device.ts";
import {
  beginFolder,
  type FolderMachine,
  readFolder,
  readOwn,
  unmakeFolder,
  writeInfo,
  writePeers,
} from "./folder_files.ts";
import type { Invitation } from "./members/mod.ts";
import { join, shareKeys } from "./membership.ts";
import { Replica } from "./replica.ts";
import type { Vault } from "./vault.ts";

/** What a new dataset is to be. */
export interface InitOptions {
  /** What people call it, from 1 to 128 characters. */
  readonly name: string;
  /** What the member who founds it is called. @default {"founder"} */
  readonly as?: string;
  /** Who may write. @default {"members"} */
  readonly writers?: "anybody" | "members";
  /** Whether members alone can read it, and not who passes it on. @default {"open"} */
  readonly privacy?: "open" | "sealed";
  /** Whether what is kept and the key of this device are encrypted with the passphrase of the machine. @default {false} */
  readonly encrypt?: boolean;
}

/** What somebody needs to take part in a dataset of others. */
export interface JoinOptions {
  /** What a member has given us. */
  readonly invitation: Invitation;
  /** What we want to be called. @default {"member"} */
  readonly as?: string;
  /** Whether what is kept and the key of this device are encrypted with the passphrase of the machine. @default {false} */
  readonly encrypt?: boolean;
}

/**
 * A dataset in a folder of this device: `dataset.json` says which, `device.key` who we are, `feeds.log` holds what was
 * written. One process has it at a time.
 */
export class FolderReplica extends Replica {
  /** The folder. */
  readonly path: string;
  /** What the folder is on. */
  readonly machine: FolderMachine;
  #lock: Disposable | undefined;

  /** For {@linkcode openFolder} and the others, who hold the lock. */
  constructor({ path, machine, lock, vault, ...who }: {
    readonly path: string;
    readonly machine: FolderMachine;
    readonly lock: Disposable;
    readonly info: DatasetInfo;
    readonly key: DeviceKey;
    readonly vault: Vault | undefined;
  }) {
    const { files, clock } = machine;
    super({ ...who, clock, folder: { files, path, ...(vault && { vault }) } });
    [this.path, this.machine, this.#lock] = [path, machine, lock];
    this.noteOwn(readOwn(path, machine.files));
    this.giveKeys();
  }

  /** Gives members of a sealed dataset the keys that they have not been given, where this device may. */
  giveKeys(): void {
    if (!this.isBehind) shareKeys(this, { random: this.machine.secret });
  }

  /** Lets go of the folder; twice is fine. */
  override close(): void {
    try {
      super.close();
    } finally {
      this.#lock?.[Symbol.dispose]();
      this.#lock = undefined;
    }
  }
}

/** Begins a dataset in a folder, which must not have one. @throws {TinmanError} `EXISTS`, `CONFIG` */
export function initFolder(path: string, machine: FolderMachine, options: InitOptions): FolderReplica {
  const { name, as = "founder", writers = "members", privacy = "open", encrypt = false } = options;
  checkName(name, "dataset");
  checkName(as, "member");
  const { key, lock, vault } = beginFolder(path, machine, { encrypt });
  try {
    const info = { name, founder: key.device, nonce: machine.secret(16).toHex(), writers, privacy } as const;
    writeInfo(path, machine.files, info);
    const replica = new FolderReplica({ path, machine, lock, info, key, vault });
    const box = replica.keyring.box;
    replica.write({ kind: "member.add", device: key.device, name: as, role: "admin", box });
    replica.giveKeys();
    return replica;
  } catch (error) {
    unmakeFolder(path, machine.files);
    lock[Symbol.dispose]();
    throw error;
  }
}

/**
 * Takes part in a dataset of others, in a folder that has none: makes a key and says that it joins. It can write when it
 * has met somebody who knows of the invitation.
 *
 * @throws {TinmanError} `EXISTS`, `CONFIG`
 */
export function joinFolder(path: string, machine: FolderMachine, options: JoinOptions): FolderReplica {
  const { invitation, as = "member", encrypt = false } = options;
  checkName(as, "member");
  const { key, lock, vault } = beginFolder(path, machine, { encrypt });
  try {
    const { info, addresses = [] } = invitation;
    writePeers(path, machine.files, addresses);
    writeInfo(path, machine.files, info);
    const replica = new FolderReplica({ path, machine, lock, info, key, vault });
    join(replica, invitation, as);
    return replica;
  } catch (error) {
    unmakeFolder(path, machine.files);
    lock[Symbol.dispose]();
    throw error;
  }
}

/** Opens the dataset in a folder. @throws {TinmanError} `NOT_FOUND`, `UNAVAILABLE`, `CORRUPT_LOG`, `INTEGRITY` */
export function openFolder(path: string, machine: FolderMachine): FolderReplica {
  const { info, key, vault } = readFolder(path, machine);
  const lock = machine.lock(path);
  try {
    return new FolderReplica({ path, machine, lock, info, key, vault });
  } catch (error) {
    lock[Symbol.dispose]();
    throw error;
  }
}

function checkName(name: string, of: string): void {
  if (name.length >= 1 && name.length <= 128 && name.isWellFormed()) return;
  throw new TinmanError(
    "CONFIG",
    `Cannot use this name of a ${of}: it has ${name.length} characters, expected 1 to 128`,
    {},
  );
}
