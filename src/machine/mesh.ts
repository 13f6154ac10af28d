/**
 * Datasets that several machines write apart from each other, each in a folder of this machine. The same datasets are
 * written, synced and looked at by `tinman mesh`.
 *
 * @example A record that is there again (it writes files, so README.md runs its like)
 * ```ts ignore
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
import {
  type Change,
  type Conflict,
  decodeBundle,
  type EventRef,
  type FolderReplica,
  formatInvitation,
  type HistoryEntry,
  initFolder,
  type InitOptions,
  invite,
  type InviteOptions,
  joinFolder,
  openFolder,
  packBundle,
  parseInvitation,
  type RecordView,
  unpackBundle,
} from "../mesh/mod.ts";
import { meshMachine } from "../platform/mod.ts";

export type {
  Alternative,
  AttachmentView,
  Change,
  Conflict,
  DeletedView,
  EventRef,
  FieldValue,
  FieldView,
  HistoryEntry,
  InitOptions,
  InviteOptions,
  MemberHead,
  MemberSaid,
  NoteView,
  Place,
  RecordView,
  Role,
  Said,
  Stamp,
} from "../mesh/mod.ts";

/** A dataset in a folder of this machine, open in this process alone. Disposed by `using`. */
export interface LocalReplica extends Disposable {
  /** The folder. */
  readonly path: string;
  /** The public key of this device, 64 hexadecimal digits. */
  readonly device: string;
  /** What all that is here says. */
  readonly view: LocalView;
  /**
   * Writes changes, all or none; they are on the disk when it returns.
   *
   * @throws {TinmanError} `CONFIG` for a change that does not fit, `DENIED` for a device that may not write,
   * `UNAVAILABLE` for one that was restored from an older copy, `WRITE_FAILED`.
   */
  write(...changes: readonly Change[]): EventRef[];
  /** A text that lets others join, see {@linkcode joinReplica}. @throws {TinmanError} `DENIED` for who is no admin. */
  invite(options?: Omit<InviteOptions, "secret">): string;
  /** All that is here as bytes, for {@linkcode LocalReplica.unpack} elsewhere. */
  pack(): Uint8Array;
  /**
   * Takes in what another replica has packed, after all of it was checked; gives the number of new events.
   *
   * @throws {TinmanError} `INTEGRITY` for bytes that were cut off or changed, `CONFIG` for those of another dataset.
   */
  unpack(bytes: Uint8Array): number;
  /** Lets go of the folder; twice is fine. */
  close(): void;
}

/** What the events of a dataset say together. */
export interface LocalView {
  /** A record, also a deleted one; undefined when nothing speaks of it. */
  record(id: string): RecordView | undefined;
  /** Records in the order of their names. */
  records(options?: { readonly form?: string; readonly includeDeleted?: boolean }): Iterable<RecordView>;
  /** All that was written apart and differs, by record. */
  conflicts(record?: string): Conflict[];
  /** Each write of a record, or of one field of it, the latest first. */
  history(record: string, field?: string): HistoryEntry[];
  /** Calls `changed` with the names of records whenever something about them is new; returns what ends that. */
  listen(listener: { changed(records: ReadonlySet<string>): void }): () => void;
}

/**
 * Begins a dataset in a folder; whoever calls this is its first member, and an admin.
 *
 * @throws {TinmanError} `EXISTS` when there is one, `CONFIG` for a name of no or more than 128 characters.
 */
export function initReplica(path: string, options: InitOptions): LocalReplica {
  return localReplica(initFolder(path, meshMachine(), options));
}

/**
 * Opens the dataset in a folder, which one process does at a time.
 *
 * @throws {TinmanError} `NOT_FOUND`, `UNAVAILABLE` while another process has it, `CORRUPT_LOG`, `INTEGRITY`.
 */
export function openReplica(path: string): LocalReplica {
  return localReplica(openFolder(path, meshMachine()));
}

/** Options of {@linkcode joinReplica}. */
export interface JoinReplicaOptions {
  /** What {@linkcode LocalReplica.invite} gave, or `tinman mesh invite` printed. */
  readonly invitation: string;
  /** What we want to be called. @default {"member"} */
  readonly as?: string;
}

/**
 * Takes part in a dataset of others, in a folder that has none. It can be written to when this device has met somebody.
 *
 * @throws {TinmanError} `CONFIG` for a text that is no invitation, `EXISTS`.
 */
export function joinReplica(path: string, { invitation, ...options }: JoinReplicaOptions): LocalReplica {
  return localReplica(joinFolder(path, meshMachine(), { invitation: parseInvitation(invitation), ...options }));
}

function localReplica(replica: FolderReplica): LocalReplica {
  const { path, view, key } = replica;
  const { secret } = meshMachine();
  const close = () => replica.close();
  return {
    path,
    view,
    device: key.device,
    write: (...changes) => replica.write(...changes),
    invite: (options = {}) => formatInvitation(invite(replica, { ...options, secret: secret(32) })),
    pack: () => packBundle(replica),
    unpack: (bytes) => {
      const { applied } = unpackBundle(replica, decodeBundle(bytes, "the bytes"), "the bytes");
      replica.giveKeys();
      return applied;
    },
    close,
    [Symbol.dispose]: close,
  };
}
