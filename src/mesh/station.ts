import { isTinmanError, TinmanError } from "../errors/mod.ts";
import type { Link } from "../link/mod.ts";
import { type ContactProgress, holdContact, mayTalk, refusedBy, secureContact, type SecuredPeer } from "./contact.ts";
import type { Replica } from "./replica.ts";
import type { MeetingOptions, MeetingReport, PeerState, StationEvent, StationOptions } from "./station_options.ts";
import type { SyncReport } from "./sync/mod.ts";
import { type Visit, Visits } from "./visits.ts";

interface Contact extends SecuredPeer {
  readonly isInitiator: boolean;
  readonly end: AbortController;
}

interface Peer extends Omit<PeerState, "report" | "known"> {
  contact: ContactProgress | undefined;
}

interface Meeting extends MeetingOptions {
  readonly device: string | undefined;
  readonly isReliable: boolean;
}

/** After so long without a word nobody misses a file. */
const QUIET_MS = 1_000;
const LOOK_MS = 25;
/** Longest file that goes over links such as a radio. */
const MAX_RADIO_BYTES = 65_536;
const MAX_KNOWN_ADDRESSES = 1024;
const RETRY_MS = { first: 1_000, most: 60_000 };

/** A dataset that stays in touch: it takes contacts, seeks some, and passes on what comes as it comes. */
export class Station implements AsyncDisposable {
  readonly #replica: Replica;
  readonly #options: StationOptions;
  readonly #ended = new AbortController();
  readonly #contacts = new Map<string, Contact>();
  readonly #peers = new Map<string, Peer>();
  readonly #seeking = new Map<string, Promise<void>>();
  readonly #visits: Visits;
  readonly #deviceAt = new Map<string, string>();
  readonly #running = new Set<Promise<void>>();
  #shaking = 0;

  constructor(replica: Replica, options: StationOptions) {
    [this.#replica, this.#options] = [replica, options];
    this.#visits = new Visits(options.clock);
  }

  /** Peers that were met, those that are here first. */
  peers(): PeerState[] {
    const all = [...this.#peers.values()].map(({ contact, ...rest }) => {
      // What was written here since is in it, though the other has said nothing.
      return { ...rest, report: contact?.report, known: contact?.known?.() };
    });
    return all.sort((a, b) => Number(b.isHere) - Number(a.isHere) || b.sinceMs - a.sinceMs);
  }

  /** Takes links as they come, until they end or the station is closed. */
  take(links: AsyncIterable<Link>, close: () => void): void {
    this.#ended.signal.addEventListener("abort", close, { once: true });
    this.#run((async () => {
      for await (const link of links) {
        // Who proves nothing must not take all the room.
        if (this.#ended.signal.aborted || this.#contacts.size + this.#shaking >= (this.#options.maxContacts ?? 64)) {
          await link.close();
        } else this.#run(this.#hold(link, { isInitiator: false }));
      }
    })());
  }

  /**
   * Stays in touch with an address: opens a link when there is none, with longer waits while nobody is there. With `once`
   * it is left alone when that fails or the link has ended, as somebody only said that it is near.
   */
  seek(address: string, { once = false }: { readonly once?: boolean } = {}): void {
    if (this.#ended.signal.aborted || this.#seeking.has(address)) return;
    // It may have found us first, by another address of ours.
    if (once && this.#contacts.has(this.#deviceAt.get(address) ?? "")) return;
    const visit = once ? this.#visits.begin(address) : undefined;
    if (once && visit === undefined) return;
    const seeking = (visit !== undefined ? this.#visit(address, visit) : this.#seek(address)).finally(() =>
      this.#seeking.delete(address)
    );
    this.#seeking.set(address, seeking);
    this.#run(seeking);
  }

  /** Meets once: exchanges what is new, then lets go. @throws {TinmanError} What the link says. */
  async meet(address: string, options: MeetingOptions = {}): Promise<MeetingReport> {
    const { clock, secret, dial, settled } = this.#options;
    const { trust = false, isLook = false, signal } = options;
    const link = await dial(address, signal && { signal });
    const isReliable = link.kind === "stream";
    const secured = isReliable
      ? await secureContact(this.#replica, link, { clock, secret, isInitiator: true, trust })
      : { link, device: undefined };
    const { device } = secured;
    if (device === this.#replica.key.device) {
      await secured.link.close();
      throw isUs(link);
    }
    const report = await this.#meet(secured.link, { ...options, device, isReliable });
    if (!isLook) settled?.();
    const { error, receivedBytes, status } = report;
    // Who lets go of us may be gone by the time that we send or read; a radio lets go of nobody.
    const isGone = device !== undefined && isTinmanError(error, "UNAVAILABLE");
    const isLetGo = receivedBytes === 0 && (error === undefined || isGone);
    if (error !== undefined && !isLetGo) throw error;
    if (!isLetGo || status === "done" || signal?.aborted) return { via: address, device, report };
    // It keeps the contact that there is (P4): all goes over that.
    const known = this.#peers.get(device ?? "");
    if (!known?.isHere || known.contact === undefined) throw refusedBy(link, error);
    return { via: known.via, device, report: known.contact.report };
  }

  /** Lets go of all; twice is fine. */
  async close(): Promise<void> {
    this.#ended.abort();
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Until both have all events, and what files contain has come, too; over radio that is left to those who stay. */
  async #meet(link: Link, meeting: Meeting): Promise<SyncReport> {
    const { device, isFull = false, isLook = false, signal, isReliable } = meeting;
    const { clock, random, attachments } = this.#options;
    const blobs = isReliable && !isLook ? attachments?.exchange({ peer: device ?? link.name }) : undefined;
    const done = new AbortController();
    let heardNs = clock.elapsedNs();
    let contact: ContactProgress | undefined;
    const options = { clock, random, isReliable, isFull, isLook, blobs, isLive: blobs !== undefined, peer: device };
    const holding = holdContact(this.#replica, link, {
      ...options,
      signal: signal === undefined ? done.signal : AbortSignal.any([signal, done.signal]),
      progress: (each) => [heardNs, contact] = [clock.elapsedNs(), each],
    }).finally(() => done.abort());
    while (blobs !== undefined && !done.signal.aborted) {
      await clock.sleep(LOOK_MS, { signal: done.signal }).catch(() => {});
      if (contact?.report.status !== "done") continue;
      const isQuiet = clock.elapsedNs() - heardNs > QUIET_MS * 1e6;
      if (attachments!.wanted().length === 0 || (isQuiet && !blobs.isWaiting)) done.abort();
    }
    return await holding;
  }

  #run(task: Promise<unknown>): void {
    const run: Promise<void> = task.then(() => {}).catch((error) => this.#tell({ kind: "problem", via: "", error }))
      .finally(() => this.#running.delete(run));
    this.#running.add(run);
  }

  async #visit(address: string, visit: Visit): Promise<void> {
    const { signal } = this.#ended;
    try {
      await this.#hold(await this.#options.dial(address, { signal }), { isInitiator: true, met: () => visit.met() });
    } catch (error) {
      // Who says where it is may be wrong, or out of reach.
      if (!signal.aborted && !isTinmanError(error, "UNAVAILABLE")) this.#tell({ kind: "problem", via: address, error });
    }
    await visit.end(signal);
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
          device = await this.#hold(await dial(address, { signal }), { isInitiator: true });
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

  /** Gives the device that was there; `met` is called when one has proved itself. */
  async #hold(
    opened: Link,
    { isInitiator, met }: { readonly isInitiator: boolean; met?(): void },
  ): Promise<string | undefined> {
    const { clock, random, secret, settled, attachments } = this.#options;
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
      met?.();
    } catch (error) {
      if (isInitiator) throw error;
      this.#tell({ kind: "problem", via, error });
      return undefined;
    } finally {
      this.#shaking--;
    }
    if (this.#deviceAt.size >= MAX_KNOWN_ADDRESSES) this.#deviceAt.clear();
    if (isInitiator) this.#deviceAt.set(via, contact.device);
    if (!this.#prefer(contact)) {
      await contact.link.close();
      return contact.device;
    }
    const { device, link, end } = contact;
    const note = (isHere: boolean, contact?: ContactProgress) =>
      this.#peers.set(device, { device, via, isHere, sinceMs: Number(clock.now() / 1_000_000n), contact });
    note(true);
    this.#tell({ kind: "met", device, via });
    let report: SyncReport | undefined;
    try {
      const signal = AbortSignal.any([this.#ended.signal, end.signal]);
      report = await holdContact(replica, link, {
        ...{ clock, random, signal, isReliable: true, isLive: true, peer: device },
        blobs: attachments?.exchange({ peer: device }),
        mayGoOn: () => mayTalk(replica, device) !== "no",
        progress: (contact) => {
          report = contact.report;
          this.#peers.get(device)!.contact = contact;
          settled?.();
        },
      });
      if (report.error !== undefined) this.#tell({ kind: "problem", via, error: report.error });
    } catch (error) {
      this.#tell({ kind: "problem", via, error });
    } finally {
      if (this.#contacts.get(device) === contact) {
        this.#contacts.delete(device);
        note(false, report && { report });
        this.#tell({ kind: "left", device, via, ...(report && { report }) });
      }
    }
    return device;
  }

  /** A link where nobody can prove who they are, such as a radio. What comes is signed. */
  async #holdOpen(link: Link): Promise<void> {
    const { clock, random, settled, attachments } = this.#options;
    const { signal } = this.#ended;
    const blobs = attachments?.exchange({ peer: link.name, maxFetchBytes: MAX_RADIO_BYTES });
    const options = { clock, random, signal, blobs, isLive: true, progress: () => settled?.() };
    const { error } = await holdContact(this.#replica, link, options);
    if (error !== undefined) throw error;
  }

  /** Of two contacts with one device, both ends keep the one that the smaller device has opened; of two such, the later. */
  #prefer(contact: Contact): boolean {
    const { device, isInitiator } = contact;
    const own = this.#replica.key.device;
    if (device === own) {
      this.#tell({ kind: "problem", via: contact.link.name, error: isUs(contact.link) });
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

function isUs({ name }: Link): TinmanError<"CONFIG"> {
  return new TinmanError("CONFIG", `Cannot talk to ${name}: it has the key of this very device`, {
    hint: "a key is for one machine: join again on the other one",
  });
}
