import type { Clock } from "../clock/mod.ts";
import { TinmanError } from "../errors/mod.ts";
import { type Files, readFile } from "../files/mod.ts";
import type { DatasetInfo } from "./dataset.ts";
import { createDeviceKey, type DeviceKey } from "./device.ts";
import { createVault, openVault, type Vault } from "./vault.ts";

/** What a dataset in a folder needs of the machine. */
export interface FolderMachine {
  readonly files: Files;
  readonly clock: Clock;
  /** Takes a folder for this process alone, until it is disposed. @throws {TinmanError} `UNAVAILABLE` */
  lock(path: string): Disposable;
  /** Bytes that nobody can guess. */
  secret(length: number): Uint8Array;
  /** Lets nobody but the owner read a file; false where the disk keeps no owners. */
  protect(path: string): boolean;
  /** What opens datasets that are encrypted at rest; undefined, or empty, when nobody has said it. */
  passphrase?(): string | undefined;
}

const MAX_INFO_BYTES = 64 * 1024;
const FILES = { info: "dataset.json", key: "device.key", peers: "peers.json", own: "own.json", vault: "vault.json" };
const MAX_PEERS = 32;
const KEY_BYTES = 32;
const ANOTHER_KEY = "put it back, or join again as another device";

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
      hint: ANOTHER_KEY,
    });
  }
  const vault = openFolderVault(path, machine);
  const opened = vault === undefined ? secret : vault.open(secret);
  if (opened?.length !== KEY_BYTES) {
    const what = opened === undefined ? "was changed" : `has ${opened.length} bytes, where a key has ${KEY_BYTES}`;
    throw new TinmanError("INTEGRITY", `Cannot open ${path}: ${FILES.key} ${what}`, {
      path: `${path}/${FILES.key}`,
      hint: ANOTHER_KEY,
    });
  }
  return { info: parseInfo(text, `${path}/${FILES.info}`), key: createDeviceKey(opened), vault };
}

/**
 * Takes a folder for a dataset that is new here, and puts a new key of this device into it, and what it is encrypted with.
 *
 * @throws {TinmanError} `EXISTS`, `WRITE_FAILED`, `UNAVAILABLE`; `DENIED` without the passphrase of one that is to be encrypted.
 */
export function beginFolder(
  path: string,
  machine: FolderMachine,
  { encrypt }: { readonly encrypt: boolean },
): { readonly key: DeviceKey; readonly lock: Disposable; readonly vault: Vault | undefined } {
  const { files } = machine;
  const made = encrypt
    ? createVault(machine.passphrase?.() || nobodySaid(`begin a dataset in ${path}`), machine.secret(16))
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
    const secret = machine.secret(KEY_BYTES);
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
    unmakeFolder(path, files);
    lock[Symbol.dispose]();
    throw error;
  }
}

/** Takes out again what has begun in a folder that had nothing of a dataset: half of one stands in the way of the next. */
export function unmakeFolder(path: string, files: Files): void {
  try {
    for (const name of [FILES.info, FILES.peers, FILES.key, FILES.vault, "feeds.log"]) files.remove(`${path}/${name}`);
  } catch {
    // What made us end it says more.
  }
}

/** Writes down which dataset is in a folder; from then on there is one. */
export function writeInfo(path: string, files: Files, info: DatasetInfo): void {
  writeJson(files, `${path}/${FILES.info}`, { v: 1, ...info });
}

/** Addresses where peers of this dataset were found. */
export function readPeers(path: string, files: Files): readonly string[] {
  try {
    const bytes = readFile(files, `${path}/${FILES.peers}`, MAX_INFO_BYTES);
    if (bytes === undefined) return [];
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

/**
 * How many events this device is known to have written, after a repair that lost some; 0 when none are missing.
 *
 * @throws {TinmanError} `CONFIG` when the file does not say it any more.
 */
export function readOwn(path: string, files: Files): number {
  const own = `${path}/${FILES.own}`;
  const bytes = readFile(files, own, MAX_INFO_BYTES);
  if (bytes === undefined) return 0;
  const seq = (parseJson(bytes, own, OWN_IS_LOST) as { readonly seq?: unknown } | null)?.seq;
  if (Number.isSafeInteger(seq)) return Number(seq);
  throw new TinmanError("CONFIG", `Cannot read ${own}: it does not say how much this device has written`, {
    path: own,
    hint: OWN_IS_LOST,
  });
}

// Peers say it, too: whoever meets one first does not write other events in place of those. (SPEC F9)
const OWN_IS_LOST = "remove it, then `tinman mesh sync` with a peer before anything is written here";

/** Remembers that, so that the device does not write other events in place of those; `undefined` forgets it. */
export function writeOwn(path: string, files: Files, seq: number | undefined): void {
  if (seq === undefined) files.remove(`${path}/${FILES.own}`);
  else writeJson(files, `${path}/${FILES.own}`, { v: 1, seq });
}

function openFolderVault(
  path: string,
  { files, passphrase }: Pick<FolderMachine, "files" | "passphrase">,
): Vault | undefined {
  const bytes = readFile(files, `${path}/${FILES.vault}`, MAX_INFO_BYTES);
  if (bytes === undefined) return undefined;
  const header = parseJson(
    bytes,
    `${path}/${FILES.vault}`,
    "put back a copy of it: without it nothing here can be read",
  );
  return openVault(passphrase?.() || nobodySaid(`open ${path}`), header, { of: path });
}

function nobodySaid(what: string): never {
  throw new TinmanError("DENIED", `Cannot ${what}: it is encrypted, and nobody has said the passphrase`, {
    what: "passphrase",
    hint: "say it in the variable TINMAN_PASSPHRASE",
  });
}

function parseInfo(bytes: Uint8Array, path: string): DatasetInfo {
  const failure = (why: string) => new TinmanError("CONFIG", `Cannot read ${path}: ${why}`, { path, hint });
  const hint = "it is the same on all machines: put that of another one in its place";
  const value = parseJson(bytes, path, hint) as Record<string, unknown>;
  const { v, name, founder, nonce, writers = "members", privacy = "open", ...rest } = value ?? {};
  if (v === undefined) throw failure("it does not say which dataset this is");
  if (v !== 1 || Object.keys(rest).length > 0) throw failure("it is of another version");
  const isWhole = typeof name === "string" && /^[0-9a-f]{64}$/.test(String(founder)) &&
    /^[0-9a-f]{32}$/.test(String(nonce)) && (writers === "anybody" || writers === "members") &&
    (privacy === "open" || privacy === "sealed");
  if (!isWhole) throw failure("a part of it is missing or was changed");
  return { name, founder: String(founder), nonce: String(nonce), writers, privacy };
}

function parseJson(bytes: Uint8Array, path: string, hint: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new TinmanError("CONFIG", `Cannot read ${path}: it is no JSON`, { path, hint, cause });
  }
}

function writeJson(files: Files, path: string, value: unknown): void {
  files.replace(path, new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`));
}
