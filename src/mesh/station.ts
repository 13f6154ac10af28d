import type { Clock } from "../clock/mod.ts";
import { isTinmanError, TinmanError } from "../errors/mod.ts";
import type { Link } from "../link/mod.ts";
import type { Random } from "../random/mod.ts";
import { holdContact, mayTalk, secureContact, type SecuredPeer } from "./contact.ts";
import type { Replica } from "./replica.ts";
import type { SyncReport } from "./sync/mod.ts";

/** What a {@linkcode Station} needs of the machine. */
export interface StationOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Bytes that nobody can guess. */
  secret(length: number): Uint8Array;
  /** Opens a link by an address. */
  dial(address: string, options?: { readonly signal?: AbortSignal }): Promise<Link>;
  /** What happens, for people. */
  onEvent?(event: StationEvent): void;
  /** Called when a contact has brought something, and before it ends. */
  settled?(): void;
  /** Most contacts at once. @default {64} */
  readonly maxContacts?: number;
}

/** Something that a {@linkcode Station} tells. */
export type StationEvent =
  | { readonly kind: "met" | "left"; readonly device: string; readonly via: string; readonly report?: SyncReport }
  | { readonly kind: "problem"; readonly via: string; readonly error: unknown };

/** A peer that was met since the station began. */
export interface PeerState {
  readonly device: string;
  readonly via: string;
  readonly isHere: boolean;
  readonly sinceMs: number;
  readonly report: SyncReport | undefined;
}

/** How a meeting with one peer went. */
export interface MeetingReport {
  readonly via: string;
  /** The device that was met; undefined over links where nobody proves who they are. */
  readonly device: string | undefined;
  readonly report: SyncReport;
}

interface Contact extends SecuredPeer {
  readonly isInitiator: boolean;
  readonly end: AbortController;
}

const RETRY_MS = { first: 1_000, most: 60_000 };

/** A dataset that stays in touch: it takes contacts, seeks some, and passes on what comes as it comes. */
export class Station implements AsyncDisposable {
  readonly #replica: Replica;
  readonly #options: StationOptions;
  readonly #ended = new AbortController();
  readonly #contacts = new Map<string, Contact>();
  readonly #peers = new Map<string, PeerState>();
  readonly #seeking = new Map<string, Promise<void>>();
  readonly #running = new Set<Promise<void>>();
  #shaking = 0;

  constructor(replica: Replica, options: StationOptions) {
    [this.#replica, this.#options] = [replica, options];
  }

  /** Peers that were met, those that are here first. */
  peers(): PeerState[] {
    return [...this.#peers.values()].sort((a, b) => Number(b.isHere) - Number(a.isHere) || b.sinceMs - a.sinceMs);
  }

  /** Takes links as they come, until they end or the station is closed. */
  take(links: AsyncIterable<Link>, close: () => void): void {
    this.#ended.signal.addEventListener("abort", close, { once: true });
    this.#run((async () => {
      for await (const link of links) {
        // Who proves nothing must not take all the room.
        if (this.#ended.signal.aborted || this.#contacts.size + this.#shaking >= (this.#options.maxContacts ?? 64)) {
          await link.close();
        } else this.#run(this.#hold(link, false));
      }
    })());
  }

  /** Stays in touch with an address: opens a link when there is none, with longer waits while nobody is there. */
  seek(address: string): void {
    if (this.#seeking.has(address) || this.#ended.signal.aborted) return;
    const seeking = this.#seek(address).finally(() => this.#seeking.delete(address));
    this.#seeking.set(address, seeking);
    this.#run(seeking);
  }

  /** Whether a contact with this address is sought or held. */
  isSeeking(address: string): boolean {
    return this.#seeking.has(address) || [...this.#contacts.values()].some(({ link }) => link.name === address);
  }

  /** Meets once: exchanges what is new, then lets go. @throws {TinmanError} What the link says. */
  async meet(
    address: string,
    options: { readonly isFull?: boolean; readonly signal?: AbortSignal } = {},
  ): Promise<MeetingReport> {
    const { clock, random, secret, dial, settled } = this.#options;
    const { isFull = false, signal } = options;
    const link = await dial(address, signal && { signal });
    const isReliable = link.kind === "stream";
    const secured = isReliable
      ? await secureContact(this.#replica, link, { clock, secret, isInitiator: true })
      : { link, device: undefined };
    const report = await holdContact(this.#replica, secured.link, { clock, random, isReliable, isFull, signal });
    settled?.();
    if (report.error !== undefined) throw report.error;
    return { via: address, device: secured.device, report };
  }

  /** Lets go of all; twice is fine. */
  async close(): Promise<void> {
    this.#ended.abort();
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #run(task: Promise<unknown>): void {
    const run: Promise<void> = task.then(() => {}).catch((error) => this.#tell({ kind: "problem", via: "", error }))
      .finally(() => this.#running.delete(run));
    this.#running.add(run);
  }

  async #seek(address: string): Promise<void> {
    const { clock, random, dial } = this.#options;
    const { signal } = this.#ended;
    let waitMs = RETRY_MS.first;
    let told = false;
    let device: string | undefined;
    while (!signal.aborted) {
      const began = clock.elapsedNs();
      try {
        // It may have found us first.
        if (device === undefined || !this.#contacts.has(device)) {
          device = await this.#hold(await dial(address, { signal }), true);
        }
        // It was there for a while, so it may be again.
        if (clock.elapsedNs() - began > 10_000 * 1e6) [waitMs, told] = [RETRY_MS.first, false];
      } catch (error) {
        if (signal.aborted) return;
        // An address that cannot be read will never be.
        if (isTinmanError(error, "CONFIG")) throw error;
        if (!told) this.#tell({ kind: "problem", via: address, error });
        told = true;
      }
      await clock.sleep(waitMs * (0.5 + random.next()), { signal }).catch(() => {});
      waitMs = Math.min(2 * waitMs, RETRY_MS.most);
    }
  }

  /** Gives the device that was there. */
  async #hold(opened: Link, isInitiator: boolean): Promise<string | undefined> {
    const { clock, random, secret, settled } = this.#options;
    const replica = this.#replica;
    const via = opened.name;
    if (opened.kind !== "stream") {
      await this.#holdOpen(opened);
      return undefined;
    }
    let contact: Contact;
    this.#shaking++;
    try {
      const peer = await secureContact(replica, opened, { clock, secret, isInitiator });
      contact = { ...peer, isInitiator, end: new AbortController() };
    } catch (error) {
      if (isInitiator) throw error;
      this.#tell({ kind: "problem", via, error });
      return undefined;
    } finally {
      this.#shaking--;
    }
    if (!this.#prefer(contact)) {
      await contact.link.close();
      return contact.device;
    }
    const { device, link, end } = contact;
    const note = (report: SyncReport | undefined, isHere: boolean) =>
      this.#peers.set(device, { device, via, isHere, sinceMs: Number(clock.now() / 1_000_000n), report });
    note(undefined, true);
    this.#tell({ kind: "met", device, via });
    let report: SyncReport | undefined;
    try {
      const signal = AbortSignal.any([this.#ended.signal, end.signal]);
      report = await holdContact(replica, link, {
        ...{ clock, random, signal, isReliable: true, isLive: true },
        mayGoOn: () => mayTalk(replica, device) !== "no",
        progress: (each) => {
          report = each;
          this.#peers.set(device, { ...this.#peers.get(device)!, report: each });
          settled?.();
        },
      });
      if (report.error !== undefined) this.#tell({ kind: "problem", via, error: report.error });
    } catch (error) {
      this.#tell({ kind: "problem", via, error });
    } finally {
      if (this.#contacts.get(device) === contact) {
        this.#contacts.delete(device);
        note(report, false);
        this.#tell({ kind: "left", device, via, ...(report && { report }) });
      }
    }
    return device;
  }

  /** A link where nobody can prove who they are, such as a radio. What comes is signed. */
  async #holdOpen(link: Link): Promise<void> {
    const { clock, random, settled } = this.#options;
    const { signal } = this.#ended;
    const options = { clock, random, signal, isLive: true, progress: () => settled?.() };
    const { error } = await holdContact(this.#replica, link, options);
    if (error !== undefined) throw error;
  }

  /** Of two contacts with one device, both ends keep the one that the smaller device has opened; of two such, the later. */
  #prefer(contact: Contact): boolean {
    const { device, isInitiator } = contact;
    const own = this.#replica.key.device;
    if (device === own) {
      const message = `Cannot talk to ${contact.link.name}: it has the key of this very device`;
      this.#tell({
        kind: "problem",
        via: contact.link.name,
        error: new TinmanError("CONFIG", message, { hint: "a key is for one machine: join again on the other one" }),
      });
      return false;
    }
    const known = this.#contacts.get(device);
    if (known !== undefined && known.isInitiator !== isInitiator && isInitiator !== own < device) return false;
    known?.end.abort();
    this.#contacts.set(device, contact);
    return true;
  }

  #tell(event: StationEvent): void {
    if (!this.#ended.signal.aborted || event.kind === "left") this.#options.onEvent?.(event);
  }
}
