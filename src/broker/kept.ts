import type { Clock } from "../clock/mod.ts";
import type { Files } from "../files/mod.ts";
import type { Random } from "../random/mod.ts";
import { Cluster } from "./cluster.ts";
import { Groups } from "./group/groups.ts";
import {
  type BrokerStorage,
  createMemoryStorage,
  openFileStorage,
  type StorageDamage,
  type SyncPolicy,
} from "./storage/broker_storage.ts";
import { openRecordedTopics, type RecordedTopics } from "./recording/recorded_topics.ts";
import { type Chore, keepHouse } from "./storage/housekeeping.ts";
import { Transactions } from "./transaction/transactions.ts";

/** What `data` says when all is forgotten in the end. */
export const MEMORY = "memory://";

/** Where a broker keeps what it has. */
export interface KeepOptions {
  /** A folder, which is made if it is missing and holds all when a broker is started on it again. @default {"memory://"} */
  readonly data?: string;
  /** When what was acknowledged is on the disk. @default {{ everyMs: 250 }} */
  readonly sync?: SyncPolicy;
  /** How often retention and compaction look for something to do. @default {60000} */
  readonly cleanEveryMs?: number;
  /**
   * A recording, or a folder with recordings, of which the newest is taken: each channel is a topic that is read-only. What
   * is in memory is then forgotten when the broker stops.
   */
  readonly recording?: string;
  /** Where the folder is; needed where `data` or `recording` is one. */
  readonly files?: Files;
  /** Takes the folder for this broker alone, until what it returns is disposed. @throws {TinmanError} `UNAVAILABLE` */
  readonly lock?: (path: string) => Disposable;
}

/** What a broker keeps: for its life in memory, from start to stop in a folder. */
export interface Kept {
  readonly storage: BrokerStorage;
  readonly cluster: Cluster;
  readonly groups: Groups;
  readonly transactions: Transactions;
  readonly lock: Disposable;
  /** What is served of a recording. */
  readonly recorded: RecordedTopics | undefined;
}

type Optional = "files" | "lock" | "recording";

interface OpenOptions extends Required<Omit<KeepOptions, Optional>>, Pick<KeepOptions, Optional> {
  readonly clock: Clock;
  readonly random: Random;
  readonly defaultPartitions: number;
  readonly autoCreate: boolean;
  readonly groupInitialDelayMs: number;
  readonly groupHeartbeatMs: number;
  readonly groupSessionMs: number;
  readonly maxTransactionMs: number;
  readonly onDamage: (damage: StorageDamage) => void;
  /** Hears of a write that the disk does not take, at most once between two looks of retention. */
  readonly onFailure: (error: unknown) => void;
}

/** Opens what is there. @throws {TinmanError} `UNAVAILABLE`, `DENIED`, `WRITE_FAILED` */
export function openKept(options: OpenOptions): Kept {
  const { clock, random, defaultPartitions, autoCreate, groupInitialDelayMs, data, sync, onDamage, onFailure } =
    options;
  using held = new DisposableStack();
  let storage: BrokerStorage;
  if (data === MEMORY) storage = createMemoryStorage();
  else {
    const { files, lock } = options;
    if (files === undefined) throw new TypeError(`Cannot keep topics in ${data}: a folder needs \`files\``);
    files.makeFolder(data);
    held.use(lock?.(data));
    storage = openFileStorage(files, data, { sync, onDamage, onFailure });
  }
  const recorded = openRecorded(options);
  if (recorded !== undefined) held.use(recorded);
  const topics = recorded?.topics ?? [];
  const cluster = new Cluster({ clock, random, defaultPartitions, autoCreate, storage, recorded: topics });
  const nameMember = (client: string) => `${client}-${random.bytes(16).toHex()}`;
  const groupOptions = {
    clock,
    nameMember,
    initialDelayMs: groupInitialDelayMs,
    heartbeatMs: options.groupHeartbeatMs,
    sessionMs: options.groupSessionMs,
    maxMembers: 10_000,
    topics: cluster,
  };
  const groups = new Groups(groupOptions, storage.facts);
  return {
    storage,
    cluster,
    groups,
    transactions: new Transactions({ cluster, groups, facts: storage.facts, maxTimeoutMs: options.maxTransactionMs }),
    recorded,
    lock: held.move(),
  };
}

function openRecorded({ recording, files, onDamage }: OpenOptions): RecordedTopics | undefined {
  if (recording === undefined) return undefined;
  if (files === undefined) throw new TypeError(`Cannot serve ${recording}: a recording needs \`files\``);
  return openRecordedTopics(files, recording, { onDamage });
}

/** Syncs, and throws away what the settings of topics say, by the clock until `signal` aborts. */
export function keepUp({ storage, cluster }: Kept, { sync, cleanEveryMs, ...options }: {
  readonly sync: SyncPolicy;
  readonly cleanEveryMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onError: (error: unknown) => void;
}): Promise<void> {
  const clean = async () => {
    // A disk that stays full is told once in a while, not for each batch that it does not take.
    storage.tellAgain();
    await cluster.clean(options.signal);
  };
  const chores: Chore[] = [{ everyMs: cleanEveryMs, run: clean }];
  // With `always` that is for what failed: what could not be cut off at once is cut off then.
  const syncEveryMs = typeof sync === "object" ? sync.everyMs : 1000;
  if (sync !== "never" && storage.isDurable) chores.push({ everyMs: syncEveryMs, run: () => storage.syncLater() });
  return keepHouse(chores, options);
}

/** Puts all on the disk and lets go of it. @throws {TinmanError} `WRITE_FAILED` */
export function closeKept({ storage, lock }: Kept): void {
  using _lock = lock;
  storage.close();
}
