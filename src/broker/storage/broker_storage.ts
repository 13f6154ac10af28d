import type { Files } from "../../files/mod.ts";
import { PartitionLog } from "../partition/partition_log.ts";
import type { PartitionLogOptions } from "../partition/partition_log_options.ts";
import { FilePool } from "./file_pool.ts";
import { FileSegments } from "./file_segments.ts";
import { type Facts, forgetfulFacts, Journal } from "./journal.ts";

/**
 * When what was written is on the disk and not only with the operating system: `always` before it is acknowledged,
 * `everyMs` at most so long after, `never` when the system likes, and when the broker is stopped.
 */
export type SyncPolicy = "always" | "never" | { readonly everyMs: number };

/** Bytes on the disk that are not what was written. What is after them is there. */
export interface StorageDamage {
  /** The file. */
  readonly path: string;
  /** Where in it. */
  readonly at: number;
  /** How many bytes. */
  readonly bytes: number;
  /** Whether it was the end of the file, which a crash has left unfinished, and was cut off. */
  readonly isCut: boolean;
  /** What is there. */
  readonly what: string;
}

/** A topic as it is kept. */
export interface KeptTopic {
  readonly id: string;
  readonly partitions: number;
  readonly settings: readonly (readonly [string, string])[];
}

/** What a broker keeps: records, and small facts. */
export interface BrokerStorage {
  /** Where, as people are told: `memory://`, or a folder. */
  readonly location: string;
  /** Whether it outlives this process. */
  readonly isDurable: boolean;
  /** Small facts. Kinds in use: `cluster`, `topic`, `start`, `producers`, `commit`. */
  readonly facts: Facts;
  /** The log of a partition of the topic with this name and id. */
  openLog(topic: TopicName, partition: number, options: Pick<PartitionLogOptions, "limits">): PartitionLog;
  /** Removes all records of a topic. */
  removeTopic(topic: TopicName): void;
  /** Waits until all is on the disk. @throws {TinmanError} `WRITE_FAILED` */
  sync(): void;
  /** Resolves when all that is there now is on the disk; all goes on meanwhile. Rejects with `WRITE_FAILED`. */
  syncLater(): Promise<void>;
  /** The next write that the disk does not take is to be told again. */
  tellAgain(): void;
  /** Puts all on the disk, in good order, and lets go of it. */
  close(): void;
}

/** What the records of a topic are found by. */
export interface TopicName {
  readonly name: string;
  readonly id: string;
}

/** A storage that forgets all. */
export function createMemoryStorage(): BrokerStorage {
  return {
    location: "memory://",
    isDurable: false,
    facts: forgetfulFacts,
    openLog: (_topic, _partition, options) => new PartitionLog(options),
    removeTopic: () => {},
    sync: () => {},
    syncLater: () => Promise.resolve(),
    tellAgain: () => {},
    close: () => {},
  };
}

/** Options of {@linkcode openFileStorage}. */
export interface FileStorageOptions {
  /** @default {{ everyMs: 250 }} */
  readonly sync?: SyncPolicy;
  /** Most files that are open at once. @default {256} */
  readonly maxOpenFiles?: number;
  /** Hears of what is not as it was written. */
  readonly onDamage?: (damage: StorageDamage) => void;
  /** Hears of the first write that the disk does not take, and of the next only behind `tellAgain()`. */
  readonly onFailure?: (error: unknown) => void;
}

/**
 * What a broker keeps in a folder:
 *
 * ```text
 * facts.journal                          topics, commits of groups, ids: see Journal
 * topics/NAME/ID/PARTITION/….log         segments: see FileSegments
 * ```
 *
 * Opening it looks through the segments that were written last and not closed in good order; a torn end is cut off.
 */
export function openFileStorage(files: Files, folder: string, options: FileStorageOptions = {}): BrokerStorage {
  const { sync = DEFAULT_SYNC, maxOpenFiles = 256, onDamage = () => {} } = options;
  files.makeFolder(folder);
  const pool = new FilePool(files, { maxOpen: maxOpenFiles, onFailure: options.onFailure });
  const facts = new Journal(pool, `${folder}/facts.journal`, {
    syncs: sync === "always",
    onDamage: (damage) => onDamage({ ...damage, what: "a line whose checksum is not that of its content" }),
  });
  const dirty = new Set<PartitionLog>();
  const open = new Map<string, PartitionLog>();
  const syncAll = () => {
    for (const log of dirty) {
      dirty.delete(log);
      try {
        log.sync();
      } catch (error) {
        dirty.add(log);
        throw error;
      }
    }
    facts.sync();
  };
  const pathOf = ({ name, id }: TopicName) => `${folder}/topics/${name}/${id}`;
  return {
    location: folder,
    isDurable: true,
    facts,
    openLog(topic, partition, logOptions) {
      const path = `${pathOf(topic)}/${partition}`;
      const start = facts.get(["start", topic.id, partition]);
      const log = new PartitionLog({
        ...logOptions,
        folder: new FileSegments(pool, path),
        syncs: typeof sync === "object" ? "segment" : sync,
        start: typeof start === "number" ? start : 0,
        keepStart: (offset) => facts.set(["start", topic.id, partition], offset),
        onDirty: (log) => dirty.add(log),
        onDamage: ({ segment, ...damage }) =>
          onDamage({ ...damage, path: `${path}/${String(segment).padStart(20, "0")}.log` }),
      });
      open.set(path, log);
      return log;
    },
    removeTopic(topic) {
      const path = pathOf(topic);
      for (const [of, log] of open) {
        if (!of.startsWith(`${path}/`)) continue;
        open.delete(of);
        dirty.delete(log);
        log.discard();
      }
      pool.releaseBelow(`${path}/`);
      files.remove(path);
      for (const [key] of [...facts.entries("start")]) if (key[1] === topic.id) facts.delete(key);
    },
    sync: syncAll,
    tellAgain: () => pool.tellAgain(),
    async syncLater() {
      for (const log of [...dirty]) {
        // Who writes to it meanwhile puts it back.
        dirty.delete(log);
        try {
          await log.syncLater();
        } catch (error) {
          dirty.add(log);
          throw error;
        }
      }
      await facts.syncLater();
    },
    close() {
      try {
        syncAll();
        for (const log of open.values()) log.close();
      } finally {
        pool.close();
      }
    },
  };
}

const DEFAULT_SYNC: SyncPolicy = { everyMs: 250 };
