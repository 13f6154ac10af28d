import { decodeCbor, encodeCbor } from "../cbor/mod.ts";
import type { Clock } from "../clock/mod.ts";
import { isTinmanError, TinmanError } from "../errors/mod.ts";
import { type Link, secureLink } from "../link/mod.ts";
import type { BlobExchange } from "./attachments/mod.ts";
import type { Random } from "../random/mod.ts";
import { lastContact } from "./last_contact.ts";
import type { Replica } from "./replica.ts";
import { runsOf } from "./runs_of.ts";
import { type Known, sync, type SyncReport, type SyncSession } from "./sync/mod.ts";
import { decodeRun, encodeRun } from "./wire/mod.ts";

/** What every contact needs. */
export interface ContactOptions {
  readonly clock: Clock;
  /** For delays. */
  readonly random: Random;
  /** Ends the contact; the other is told. */
  readonly signal?: AbortSignal | undefined;
  /** The device at the other end, where it has proved that: what it has is remembered. @default {not known} */
  readonly peer?: string | undefined;
  /** Whether to stay when both have all, and to pass on what comes. @default {false} */
  readonly isLive?: boolean;
  /** Compares everything, also when both seem to have the same. @default {false} */
  readonly isFull?: boolean;
  /** Only compares: no event goes either way, and nothing that is heard is kept. @default {false} */
  readonly isLook?: boolean;
  /** Whether messages arrive, once and in order. @default {false} */
  readonly isReliable?: boolean;
  /** What files contain, both ways; it is closed with the contact. */
  readonly blobs?: BlobExchange | undefined;
  /** Whether the other may still be talked to; asked when somebody was let in or out. @default {it may} */
  mayGoOn?(): boolean;
  /** Called when something has come. */
  progress?(contact: ContactProgress): void;
}

/** A contact, as it is whenever it is looked at. */
export interface ContactProgress {
  readonly report: SyncReport;
  /** See `SyncSession.known`; not there when it is over. */
  known?(): Known | undefined;
}

/**
 * Exchanges what is new over a link that keeps messages whole, until both have it, or with `isLive` until the link ends.
 * The link is closed then; what broke it is in the report.
 */
export async function holdContact(replica: Replica, link: Link, options: ContactOptions): Promise<SyncReport> {
  const { clock, random, signal, isLive = false, isFull = false, isReliable = false } = options;
  const { blobs, mayGoOn, progress, peer, isLook = false } = options;
  const ended = new AbortController();
  let hasNew = false;
  let met: SyncSession | undefined;
  using stack = new DisposableStack();
  stack.defer(replica.feeds.listen({
    applied: () => hasNew = true,
    settled: () => {
      if (mayGoOn?.() === false) ended.abort();
    },
  }));
  if (blobs !== undefined) stack.use(blobs);
  const flush = () => {
    if (hasNew) replica.flush();
    hasNew = false;
  };
  let notedMs = -Infinity;
  const note = (report: SyncReport, holds?: Record<string, number>) => {
    const known = peer === undefined || isLook ? undefined : met?.known();
    if (known === undefined) return;
    const atMs = notedMs = replica.nowMs();
    const contact = lastContact(report, { known, atMs, via: link.name });
    const isMember = (device: string) => replica.members.of(device) !== undefined;
    replica.acks.note(peer!, { atMs, holds, contact, isMember });
  };
  const report = await sync(replica.feeds, link, {
    ...{ clock, random, isLive, isFull, isReliable, blobs },
    device: replica.key.device,
    isUrgent: (event) => replica.alerts.has(event),
    ...(isReliable && { maxBytes: 65_536 }),
    signal: signal === undefined ? ended.signal : AbortSignal.any([signal, ended.signal]),
    ...(isLook ? { maxReceiveBytes: 0, maxSendBytes: 0 } : {
      missing: () => replica.view.missing(),
      onBehind: (seq: number) => replica.noteOwn(seq),
      snapshot: () => replica.base,
      takeSnapshot: (bytes: Uint8Array) => replica.adopt(bytes),
    }),
    onProgress: (session) => {
      met = session;
      flush();
      // A contact may stay for days, and then the power is gone.
      if (replica.nowMs() - notedMs >= NOTE_MS && session.report.status === "done") note(session.report);
      progress?.(session);
    },
  });
  flush();
  note(report, met?.holds());
  progress?.({ report });
  return report;
}

/** How often it is kept how a contact goes that stays. */
const NOTE_MS = 600_000;

/** Options of {@linkcode secureContact}. */
export interface SecureContactOptions {
  readonly clock: Clock;
  /** Bytes that nobody can guess. */
  secret(length: number): Uint8Array;
  /** Whether we have opened the link. */
  readonly isInitiator: boolean;
  /**
   * Talks also to a device that is not known here: somebody says that it is a member, such as after this one was restored
   * from a copy of before that. What it gets is all that is here. @default {false}
   */
  readonly trust?: boolean;
}

/** A link to a device that has proved who it is. */
export interface SecuredPeer {
  readonly link: Link;
  /** The public key, 64 hexadecimal digits. */
  readonly device: string;
}

/**
 * Makes a link private, and sees that the other end may take part: it has a device's key (Noise, see `secureLink`) and is
 * a member, or shows an invitation that holds. Who is not let in yet talks to anybody: what it gets is signed.
 *
 * @throws {TinmanError} `DENIED`, `PROTOCOL`, `TIMEOUT`, `UNAVAILABLE`; the link is closed then.
 */
export async function secureContact(replica: Replica, link: Link, options: SecureContactOptions): Promise<SecuredPeer> {
  const { clock, secret, isInitiator, trust = false } = options;
  const { key } = replica;
  const secured = await secureLink(link, {
    identity: { publicKey: Uint8Array.fromHex(key.device), sign: (bytes) => key.sign(bytes) },
    initiator: isInitiator,
    accept: (publicKey) => trust || mayTalk(replica, publicKey.toHex()) !== "no",
    random: secret,
    clock,
    context: `mesh ${replica.feeds.dataset.toHex()}`,
  }).catch((error) => {
    if (isInitiator && isTinmanError(error, "UNAVAILABLE")) throw refusedBy(link, error);
    throw isTinmanError(error, "DENIED") ? unwanted(replica, link, error.details.what) : error;
  });
  const device = secured.peerKey.toHex();
  try {
    // Who was met says its word last, so that who came knows by it that it is taken.
    if (isInitiator) await sayHello(replica, secured);
    await hearHello(replica, secured, device);
    if (!trust && mayTalk(replica, device) !== "yes") throw unwanted(replica, link, device);
    if (!isInitiator) await sayHello(replica, secured);
    return { link: secured, device };
  } catch (error) {
    await secured.close();
    throw error;
  }
}

/** Whether to talk to a device; `maybe` when it has to show an invitation first. */
export function mayTalk({ members, info, key }: Replica, device: string): "yes" | "no" | "maybe" {
  if (members.cutoff(device) !== undefined) return "no";
  if (members.of(device) !== undefined || info.writers === "anybody") return "yes";
  if (members.of(key.device) === undefined) return "yes";
  // Who joined earlier than those who have taken all places is in.
  return members.tickets.values().some(({ kept }) => kept === undefined) ? "maybe" : "no";
}

/** The first event of this device, when that says that it joins: others may not have heard of it. */
function ownJoin({ feeds, key }: Replica): { readonly join?: Uint8Array } {
  const feed = feeds.get(key.device);
  if (feed?.at(1)?.kind !== "member.join") return {};
  const [run] = runsOf(feed, { to: feed.signed[0]!.seq });
  return run === undefined ? {} : { join: encodeRun(run) };
}

async function sayHello(replica: Replica, link: Link): Promise<void> {
  await link.send(encodeCbor({ v: 1, ...ownJoin(replica) })).catch((error) => {
    throw isTinmanError(error, "UNAVAILABLE") ? refusedBy(link, error) : error;
  });
}

async function hearHello(replica: Replica, link: Link, device: string): Promise<void> {
  const { value, done } = await link.incoming[Symbol.asyncIterator]().next().catch((error) => {
    throw isTinmanError(error, "UNAVAILABLE") ? refusedBy(link, error) : error;
  });
  if (done) throw refusedBy(link);
  try {
    const { join } = decodeCbor(value) as { readonly join?: unknown };
    if (!(join instanceof Uint8Array)) return;
    const run = decodeRun(join);
    if (run.device === device && replica.members.of(device) === undefined) replica.ingest(run);
  } catch (cause) {
    throw new TinmanError("PROTOCOL", `Cannot talk to ${link.name}: its first word is none`, {
      protocol: "mesh",
      cause,
    });
  }
}

/** Who lets go of us at once does not want us, or is going itself. */
export function refusedBy({ name }: Link, cause?: unknown): TinmanError<"DENIED"> {
  return new TinmanError("DENIED", `Cannot talk to ${name}: it does not talk to this device`, {
    what: name,
    cause,
    hint:
      "it may not have heard of the invitation yet: sync with who made that; if this device was removed, ask for a new one",
  });
}

function unwanted({ members }: Replica, { name }: Link, device: string): TinmanError<"DENIED"> {
  const who = `Cannot talk to ${device.slice(0, 8)} on ${name}`;
  if (members.cutoff(device) !== undefined) {
    const hint = "whoever is to be back joins anew with another key: `tinman mesh invite`";
    return new TinmanError("DENIED", `${who}: it was removed`, { what: device, hint });
  }
  return new TinmanError("DENIED", `${who}: it is no member, as far as is known here`, {
    what: device,
    hint: "let it in: `tinman mesh invite`; if it is one, and this device has forgotten it: `tinman mesh sync --trust`",
  });
}
