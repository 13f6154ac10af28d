import type { Feeds } from "../feeds.ts";
import { findChain } from "./chain.ts";
import type { Common } from "./common.ts";
import type { Message } from "./messages.ts";
import type { PeerView } from "./peer_view.ts";
import { answerProbe, Probe } from "./probes.ts";
import { refuse, within } from "./refuse.ts";

/** What {@linkcode Forks} needs of a contact. */
export interface ForksOptions {
  readonly view: PeerView;
  readonly common: Common;
  say(message: Message): void;
}

/** Histories that parted: finds where, by asking for a few ids, and lets both branches go from there. (S6) */
export class Forks {
  /** Devices whose histories parted. */
  readonly devices = new Set<string>();
  readonly #feeds: Feeds;
  readonly #options: ForksOptions;
  readonly #probes: Probe[] = [];

  constructor(feeds: Feeds, options: ForksOptions) {
    [this.#feeds, this.#options] = [feeds, options];
  }

  /** Whether something was asked that may lead to more. */
  get isAsking(): boolean {
    return this.#probes.length > 0;
  }

  /** Asks about heads that are none of ours. */
  ask(): void {
    const { view, common } = this.#options;
    for (const { device, head } of view.apart()) {
      if (this.#probes.length >= MAX_OPEN_PROBES) return;
      if (this.#probes.some((probe) => probe.head === head)) continue;
      if (common.tagOf(device) === undefined) continue;
      const probe = new Probe(this.#feeds, { device, head });
      this.#probes.push(probe);
      this.#follow(probe);
    }
  }

  /** The other asks. @throws {TinmanError} `PROTOCOL` */
  answer(probe: Message & { readonly type: "probe" }): void {
    const device = this.#options.common.deviceOf(probe.tag);
    this.#options.say(answerProbe(this.#feeds, device, probe));
    this.devices.add(device!);
  }

  /** The other has answered. @throws {TinmanError} `PROTOCOL` when nobody had asked. */
  readAnswer({ tag, head, checks }: Message & { readonly type: "probed" }): void {
    const probe = this.#probes.find((each) =>
      this.#options.common.tagOf(each.device) === tag && each.head.seq === head.seq &&
      each.head.prefix.toHex() === head.prefix.toHex()
    );
    if (probe?.answer(checks) !== true) return within("a probe", () => refuse("nobody asked for it"));
    this.#follow(probe);
  }

  /** The other knows where histories part. @throws {TinmanError} `PROTOCOL` */
  readFetch({ tag, head }: Message & { readonly type: "fetch" }): void {
    const { common, view } = this.#options;
    const device = common.deviceOf(tag);
    if (device === undefined) return within("a fetch", () => refuse("its device is not known"));
    if (findChain(this.#feeds, device, head) !== undefined) view.has(device, head);
    this.devices.add(device);
  }

  /** Asks on, or says where the histories part. */
  #follow(probe: Probe): void {
    const { view, common, say } = this.#options;
    const { device, head, shared } = probe;
    const tag = common.tagOf(device)!;
    if (shared === undefined) return say(probe.ask(tag));
    this.#probes.splice(this.#probes.indexOf(probe), 1);
    this.devices.add(device);
    view.settle(device, head);
    view.has(device, shared);
    say({ type: "fetch", tag, head: shared });
  }
}

const MAX_OPEN_PROBES = 16;
