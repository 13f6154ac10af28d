/** A dataset of the mesh, for who looks. Everything is asked for, and may reject; times are RFC 3339 with a counter. */
export interface MeshParts {
  /** How it is; who asks again within a second gets the same. */
  look(): Promise<MeshLook>;
  /** Records behind `after`, by name; up to `limit`. */
  records(options: { readonly after?: string; readonly limit: number }): Promise<MeshPage>;
  /** One record with all that was ever written to it. @throws {TinmanError} `NOT_FOUND` */
  record(id: string): Promise<MeshRecordPage>;
  /** Writes again what an entry of the history of a record says. Gives the number of events written. @throws {TinmanError} */
  restore(id: string, entry: { readonly device: string; readonly seq: number }): Promise<number>;
  /** Settles a conflict by one of its choices, from 1. Gives the number of events written. @throws {TinmanError} */
  resolve(id: string, choice: { readonly what: string; readonly choice: number }): Promise<number>;
}

/** How a dataset is. */
export interface MeshLook {
  readonly status: MeshStatus;
  /** Whether peers are met: not so when somebody only looks into its folder. */
  readonly isRunning: boolean;
  readonly peers: readonly MeshPeer[];
  /** The radio channel that it shares, where it does. */
  readonly air?: MeshAir | undefined;
  readonly feeds: readonly MeshFeed[];
  readonly members: readonly MeshMember[];
  readonly conflicts: readonly MeshConflict[];
}

/** Which dataset, and how much there is of it. */
export interface MeshStatus {
  readonly name: string;
  readonly dataset: string;
  readonly device: string;
  readonly as: string;
  readonly role: string;
  readonly folder: string;
  readonly events: number;
  readonly feeds: number;
  readonly records: number;
  readonly conflicts: number;
  /** Parts of feeds that cannot be used yet. */
  readonly waiting: number;
  readonly logBytes: number;
  readonly digest: string;
  readonly forks: readonly { readonly device: string; readonly by: string; readonly seq: number }[];
  readonly addresses: readonly string[];
  readonly warnings: readonly string[];
}

/** A peer that was met. */
export interface MeshPeer {
  readonly by: string;
  readonly device: string;
  readonly via: string;
  readonly isHere: boolean;
  /** Since when it is here, or away. */
  readonly since: string;
  /** How the contact goes, or the last one went; `unknown` where that was not kept. */
  readonly status: string;
  readonly sentEvents: number;
  readonly newEvents: number;
  readonly sentBytes: number;
  readonly receivedBytes: number;
  /** Events that it is not known to have: others may have brought them since it left. */
  readonly toSend: number;
  /** Events that it has, or had when it left, and we have not. */
  readonly toGet: number;
  /** By device: events that it lacks, below 0 those that we lack. */
  readonly apart: Readonly<Record<string, number>>;
  readonly warnings: readonly string[];
}

/** A radio channel that all in range share. Who speaks is not said there; what is said of who has what nobody has signed. */
export interface MeshAir {
  readonly address: string;
  /** Whether the port is open. */
  readonly isHeld: boolean;
  /** Since when it is, or is not; what is below counts from when it was opened last. */
  readonly since: string;
  /** Most that is sent, averaged over a minute. */
  readonly bytesPerSecond: number;
  /** Packets of this dataset. */
  readonly sentBytes: number;
  readonly heardBytes: number;
  readonly newEvents: number;
  /** When something of this dataset was heard last. */
  readonly heard?: string | undefined;
  /** When somebody said last that it has just what was here. */
  readonly same?: string | undefined;
  /** When somebody said last that it has something else. */
  readonly other?: string | undefined;
  /** Events that somebody says it has, and that are not here. */
  readonly toGet: number;
  /** Requests that were heard and wait for an answer, and bytes of answers that wait for their turn. */
  readonly asked: number;
  readonly waitingBytes: number;
  /** What was spoken of, by the device that wrote it: whose it was last first. */
  readonly authors: readonly MeshAirAuthor[];
}

/** What was heard of what one device wrote: not that this device was there. */
export interface MeshAirAuthor {
  readonly by: string;
  /** Its key; of one that is not here the first eight digits. */
  readonly device: string;
  readonly heard: string;
  readonly toGet: number;
}

/** How far a feed is here. */
export interface MeshFeed {
  readonly feed: string;
  readonly by: string;
  readonly device: string;
  readonly seq: number;
}

/** Who takes part. */
export interface MeshMember {
  readonly name: string;
  readonly role: string;
  readonly devices: readonly {
    readonly device: string;
    readonly isUs: boolean;
    readonly events: number;
    readonly last?: string | undefined;
    readonly removedAt?: number | undefined;
  }[];
}

/** Who said something, and when. */
export interface MeshSaid {
  readonly by: string;
  readonly device: string;
  readonly seq: number;
  readonly at: string;
}

/** A record as it is shown. */
export interface MeshRecord {
  readonly id: string;
  readonly form?: string | undefined;
  readonly created?: MeshSaid | undefined;
  readonly deleted?: MeshSaid & { readonly reason?: string | undefined } | undefined;
  /** `others`: how many values were written apart from this one. */
  readonly fields: Readonly<Record<string, MeshSaid & { readonly value: unknown; readonly others: number }>>;
  readonly notes: readonly (MeshSaid & { readonly text: string; readonly isUrgent: boolean })[];
  readonly attachments:
    readonly (MeshSaid & { readonly field: string; readonly name: string; readonly size: number })[];
}

/** Records of a page. */
export interface MeshPage {
  readonly records: readonly MeshRecord[];
  /** The last one, where there are more. */
  readonly next?: string | undefined;
}

/** A record with its past. */
export interface MeshRecordPage {
  readonly record: MeshRecord & { readonly problems: readonly string[] };
  /** Latest first. */
  readonly history: readonly MeshWrite[];
  readonly conflicts: readonly MeshConflict[];
}

/** One write to a record. */
export interface MeshWrite extends MeshSaid {
  /** `field`, `state`, `form`, `note`, … */
  readonly what: string;
  readonly field?: string | undefined;
  readonly value: unknown;
  readonly reason?: string | undefined;
  /** Whether it is a note that must not wait. */
  readonly isUrgent: boolean;
  readonly state: "shown" | "conflict" | "replaced";
}

/** Something that was written apart, and differs; the first choice is what is shown. */
export interface MeshConflict {
  readonly record: string;
  readonly what: string;
  readonly choices: readonly (MeshSaid & { readonly choice: number; readonly value: unknown })[];
}
