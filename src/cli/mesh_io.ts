import { TinmanError } from "../errors/mod.ts";
import type { Files } from "../files/mod.ts";
import type { Link } from "../link/mod.ts";
import type { FolderMachine, NearbyBeacons, SqlDatabase } from "../mesh/mod.ts";
import { openMeshSql } from "../platform/mod.ts";
import { createRandom, type Random } from "../random/mod.ts";
import type { RunEnvironment } from "../runtime/mod.ts";

/** What a mesh needs of the machine. */
export interface MeshIo {
  /** For datasets in folders. */
  readonly machine: FolderMachine;
  /** For delays. */
  readonly random: Random;
  /** Opens a link to a peer by its address. */
  dial(address: string, options?: { readonly signal?: AbortSignal }): Promise<Link>;
  /** Takes links of peers at `tcp://HOST:PORT`. */
  listen(address: string): Promise<MeshListener>;
  /** Opens a place for short words to all in the local networks. */
  openBeacons(servicePort: number): Promise<NearbyBeacons>;
  /** Addresses of this machine that others in its networks can reach. */
  ownHosts(): string[];
  /** Connects to a process of this machine by the path of its socket; undefined when none listens there. */
  dialLocal(path: string): Promise<Link | undefined>;
  /** Listens there for others, of the same user. */
  listenLocal(path: string): LocalListener;
  /** For what is asked in SQL. */
  readonly tables: TablesPlace;
}

/** Where tables are. */
export interface TablesPlace {
  /** Opens the database at a path, for who has the folder to itself; in memory without one. */
  open(path: string | undefined): SqlDatabase;
  /** Opens what `SqlDatabase.copy` gave, in memory. */
  openCopy(bytes: Uint8Array): SqlDatabase;
  /** Removes what is there. */
  remove(path: string): void;
}

/** Where peers come to. */
export interface MeshListener extends LocalListener {
  /** Where it is; tells what port 0 became. */
  readonly address: string;
  readonly port: number;
}

/** Where processes of this machine ask. */
export interface LocalListener {
  readonly links: AsyncIterable<Link>;
  /** Takes no more, and removes the socket. */
  close(): void;
}

/** A mesh for tests: files in memory, secrets that count. */
export function createMemoryMeshIo({ files, clock }: { files: Files; clock: RunEnvironment["clock"] }): MeshIo {
  const taken = new Set<string>();
  let secrets = 0;
  const lock = (path: string): Disposable => {
    if (taken.has(path)) throw new TinmanError("UNAVAILABLE", `Cannot use ${path}: another has it`, { what: path });
    taken.add(path);
    return { [Symbol.dispose]: () => void taken.delete(path) };
  };
  const secret = (length: number) => {
    secrets++;
    return Uint8Array.from({ length }, (_, i) => (secrets * 31 + i * 7) & 255);
  };
  const none = () => {
    throw new TinmanError("UNAVAILABLE", "Cannot meet anybody: there is no network in memory", { what: "network" });
  };
  return {
    random: createRandom("mesh"),
    dial: () => Promise.resolve().then(none),
    listen: () => Promise.resolve().then(none),
    openBeacons: () => Promise.resolve().then(none),
    ownHosts: () => [],
    machine: { files, clock, lock, secret, protect: () => true },
    dialLocal: () => Promise.resolve(undefined),
    listenLocal: none,
    tables: {
      open: () => openMeshSql(":memory:"),
      openCopy: (copyOf) => openMeshSql(":memory:", { copyOf }),
      remove: () => {},
    },
  };
}
