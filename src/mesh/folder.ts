import type { Clock } from "../clock/mod.ts";
import { TinmanError } from "../errors/mod.ts";
import { type Files, readFile } from "../files/mod.ts";
import type { DatasetInfo } from "./dataset.ts";
import { createDeviceKey, type DeviceKey } from "./device.ts";
import type { Invitation } from "./members/mod.ts";
import { join, shareKeys } from "./membership.ts";
import { Replica } from "./replica.ts";
import { createVault, openVault, type Vault } from "./vault.ts";

/** What a dataset in a folder needs of the machine. */
export interface FolderMachine {
  readonly files: Files;
  readonly clock: Clock;
  /** Takes a folder for this process alone, until it is disposed. @throws {TinmanError} `UNAVAILABLE` */
  lock(path: string): Disposable;
  /** Bytes that nobody can guess. */
  secret(length: number): Uint8Array;
  /** Lets nobody but the owner read a file. */
  protect(path: string): void;
  /** What opens datasets that are encrypted at rest; undefined when nobody has said it. */
  passphrase?(): string | undefined;
}

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

const MAX_INFO_BYTES = 64 * 1024;
const FILES = { info: "dataset.json", key: "device.key", peers: "peers.json", own: "own.json", vault: "vault.json" };

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
    super.close();
    this.#lock?.[Symbol.dispose]();
    this.#lock = undefined;
  }
}

/** Begins a dataset in a folder, which must not have one. @throws {TinmanError} `EXISTS`, `CONFIG` */
export function initFolder(path: string, machine: FolderMachine, options: InitOptions): FolderReplica {
  const { name, as = "founder", writers = "members", privacy = "open", encrypt = false } = options;
  checkName(name, "dataset");
  checkName(as, "member");
  const { key, lock, vault } = begin(path, machine, encrypt);
  try {
    const info = { name, founder: key.device, nonce: machine.secret(16).toHex(), writers, privacy } as const;
    writeJson(machine.files, `${path}/${FILES.info}`, { v: 1, ...info });
    const replica = new FolderReplica({ path, machine, lock, info, key, vault });
    const box = replica.keyring.box;
    replica.write({ kind: "member.add", device: key.device, name: as, role: "admin", box });
    replica.giveKeys();
    return replica;
  } catch (error) {
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
  const { key, lock, vault } = begin(path, machine, encrypt);
  try {
    const { info, addresses = [] } = invitation;
    writePeers(path, machine.files, addresses);
    writeJson(machine.files, `${path}/${FILES.info}`, { v: 1, ...info });
    const replica = new FolderReplica({ path, machine, lock, info, key, vault });
    join(replica, invitation, as);
    return replica;
  } catch (error) {
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

/**
 * Which dataset is in a folder, who we are there, and what it is encrypted with.
 *
 * @throws {TinmanError} `NOT_FOUND`, `CONFIG`; `DENIED` without the passphrase of one that is encrypted.
 */
export function readFolder(
  path: string,
  machine: Pick<FolderMachine, "files" | "passphrase">,
): { readonly info: DatasetInfo; readonly key: DeviceKey; readonly vault: Vault | undefined } {
  const { files } = machine;
  const [text, secret] = [FILES.info, FILES.key].map((name) => readFile(files, `${path}/${name}`, MAX_INFO_BYTES));
  if (text === undefined) {
    throw new TinmanError("NOT_FOUND", `Cannot open ${path}: there is no dataset`, {
      kind: "dataset",
      id: path,
      hint: "`tinman mesh init NAME` begins one, `tinman mesh join` takes part in one of others",
    });
  }
  if (secret === undefined) {
    throw new TinmanError("NOT_FOUND", `Cannot open ${path}: ${FILES.key} is not there, so nobody can say who we are`, {
      kind: "key",
      id: `${path}/${FILES.key}`,
      hint: "put it back, or join again as another device",
    });
  }
  const vault = openFolderVault(path, machine);
  const opened = vault === undefined ? secret : vault.open(secret);
  if (opened === undefined) {
    throw new TinmanError("INTEGRITY", `Cannot open ${path}: ${FILES.key} was changed`, {
      path: `${path}/${FILES.key}`,
    });
  }
  return { info: parseInfo(text, `${path}/${FILES.info}`), key: createDeviceKey(opened), vault };
}

function openFolderVault(
  path: string,
  { files, passphrase }: Pick<FolderMachine, "files" | "passphrase">,
): Vault | undefined {
  const bytes = readFile(files, `${path}/${FILES.vault}`, MAX_INFO_BYTES);
  if (bytes === undefined) return undefined;
  const header = parseJson(bytes, `${path}/${FILES.vault}`);
  return openVault(passphrase?.() ?? nobodySaid(`open ${path}`), header, { of: path });
}

function nobodySaid(what: string): never {
  throw new TinmanError("DENIED", `Cannot ${what}: it is encrypted, and nobody has said the passphrase`, {
    what: "passphrase",
    hint: "say it in the variable TINMAN_PASSPHRASE",
  });
}

/** Addresses where peers of this dataset were found. */
export function readPeers(path: string, files: Files): readonly string[] {
  const bytes = readFile(files, `${path}/${FILES.peers}`, MAX_INFO_BYTES);
  if (bytes === undefined) return [];
  try {
    const { addresses } = JSON.parse(new TextDecoder().decode(bytes)) as { readonly addresses?: unknown };
    return Array.isArray(addresses) ? addresses.filter((each) => typeof each === "string") : [];
  } catch {
    // It only saves typing.
    return [];
  }
}

/** Remembers addresses, the latest first; others are kept up to a limit. */
export function writePeers(path: string, files: Files, addresses: readonly string[]): void {
  const all = [...new Set([...addresses, ...readPeers(path, files)])].slice(0, MAX_PEERS);
  if (all.length > 0) writeJson(files, `${path}/${FILES.peers}`, { v: 1, addresses: all });
}

const MAX_PEERS = 32;

/** How many events this device is known to have written, after a repair that lost some; 0 when none are missing. */
export function readOwn(path: string, files: Files): number {
  const bytes = readFile(files, `${path}/${FILES.own}`, MAX_INFO_BYTES);
  const seq = bytes && Number((JSON.parse(new TextDecoder().decode(bytes)) as { readonly seq?: unknown }).seq);
  return Number.isSafeInteger(seq) ? seq! : 0;
}

/** Remembers that, so that the device does not write other events in place of those; `undefined` forgets it. */
export function writeOwn(path: string, files: Files, seq: number | undefined): void {
  if (seq === undefined) files.remove(`${path}/${FILES.own}`);
  else writeJson(files, `${path}/${FILES.own}`, { v: 1, seq });
}

function begin(
  path: string,
  machine: FolderMachine,
  encrypt: boolean,
): { readonly key: DeviceKey; readonly lock: Disposable; readonly vault: Vault | undefined } {
  const { files } = machine;
  const made = encrypt
    ? createVault(machine.passphrase?.() ?? nobodySaid(`begin a dataset in ${path}`), machine.secret(16))
    : undefined;
  const taken = [FILES.info, FILES.key, FILES.vault, "feeds.log"].find((name) =>
    files.stat(`${path}/${name}`) !== undefined
  );
  if (taken !== undefined) {
    throw new TinmanError("EXISTS", `Cannot begin a dataset in ${path}: ${taken} is there`, {
      path: `${path}/${taken}`,
      hint: "name another folder: --data DIR",
    });
  }
  files.makeFolder(path);
  const lock = machine.lock(path);
  try {
    const secret = machine.secret(32);
    const written = made?.vault.seal(secret) ?? secret;
    if (made !== undefined) writeJson(files, `${path}/${FILES.vault}`, made.header);
    // Nobody else can read it at any time, so it is protected while it is empty.
    using file = files.open(`${path}/${FILES.key}`, "create");
    machine.protect(`${path}/${FILES.key}`);
    if (file.write(written) !== written.length) {
      throw new TinmanError("WRITE_FAILED", `Cannot write ${path}/${FILES.key}: the disk is full`, { path });
    }
    file.sync();
    return { key: createDeviceKey(secret), lock, vault: made?.vault };
  } catch (error) {
    lock[Symbol.dispose]();
    throw error;
  }
}

function parseInfo(bytes: Uint8Array, path: string): DatasetInfo {
  const failure = (why: string) => new TinmanError("CONFIG", `Cannot read ${path}: ${why}`, { path });
  const value = parseJson(bytes, path) as Record<string, unknown>;
  const { v, name, founder, nonce, writers = "members", privacy = "open", ...rest } = value ?? {};
  if (v !== 1 || Object.keys(rest).length > 0) throw failure("it is of another version");
  const isWhole = typeof name === "string" && /^[0-9a-f]{64}$/.test(String(founder)) &&
    /^[0-9a-f]{32}$/.test(String(nonce)) && (writers === "anybody" || writers === "members") &&
    (privacy === "open" || privacy === "sealed");
  if (!isWhole) throw failure("a part of it is missing or was changed");
  return { name, founder: String(founder), nonce: String(nonce), writers, privacy };
}

function parseJson(bytes: Uint8Array, path: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new TinmanError("CONFIG", `Cannot read ${path}: it is no JSON`, { path, cause });
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

function writeJson(files: Files, path: string, value: unknown): void {
  files.replace(path, new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`));
}
