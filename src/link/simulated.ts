import type { Clock } from "../clock/mod.ts";
import { TinmanError } from "../errors/mod.ts";
import { createRandom, type Random } from "../random/mod.ts";
import { type Conditions, fillConditions, noTraffic, type Traffic } from "./conditions.ts";
import type { Link, Transport } from "./link.ts";
import { End, type SimulatedLink } from "./simulated_link.ts";
import { Medium } from "./simulated_medium.ts";
import { createSimulatedTransport, type Switchboard } from "./simulated_transport.ts";
import { Wire } from "./simulated_wire.ts";

/** Options of {@linkcode createNetwork}. */
export interface NetworkOptions {
  /** Everything that happens follows from it, from the clock, and from what is asked of the network. */
  readonly seed: string;
  /** When things happen; nothing moves while it stands still. */
  readonly clock: Clock;
  /** Of every link that does not say otherwise. @default {{}} */
  readonly conditions?: Conditions;
}

/** Options of {@linkcode Network.connect}. */
export interface ConnectOptions {
  /** Whether pieces stay whole. @default {"datagrams"} */
  readonly kind?: Link["kind"];
  /** {@linkcode Link.maxBytes} @default {1200 of datagrams, 65536 of a stream} */
  readonly maxBytes?: number;
  /** On top of those of the network. */
  readonly conditions?: Conditions;
  /** The way from the second peer to the first, where it is another. */
  readonly back?: Conditions;
}

/** Options of {@linkcode Network.medium}. */
export interface MediumOptions {
  /** {@linkcode Link.maxBytes} @default {500} */
  readonly maxBytes?: number;
  /** How long a frame holds the medium before its first byte. @default {0} */
  readonly preambleMs?: number;
  /** `delayMs`, `jitterMs`, `duplicate`, `reorder` and `split` mean nothing here. @default {{ bitsPerSecond: 3125 }} */
  readonly conditions?: Conditions;
  /** Whether what one sends reaches another; asked for each frame, so they may move. @default {() => true} */
  readonly inRange?: (from: string, to: string) => boolean;
}

/** Two ends of one link. */
export interface SimulatedPair {
  /** The end of the first peer. */
  readonly a: SimulatedLink;
  /** The end of the second peer. */
  readonly b: SimulatedLink;
  /** Breaks it as a cable that is pulled: what is on its way is lost, both ends throw `UNAVAILABLE`. */
  break(): void;
  /** Makes it better or worse from now on, on top of what it is. */
  change(conditions: Conditions): void;
}

/** Peers and links between them that are as bad as one wants, the same way every time. */
export interface Network {
  /** A new link between two peers; each is known by what it is called here. */
  connect(a: string, b: string, options?: ConnectOptions): SimulatedPair;
  /** Air that all who join share; a frame is heard by all in range. Gives the way to join. */
  medium(options?: MediumOptions): (peer: string) => SimulatedLink;
  /** Links that `peer` opens to those who listen: `sim:bob`, `sim:bob?kind=datagrams`. */
  transport(peer: string): Transport;
  /**
   * Cuts the network into parts; who is in none is in a part with all others that are in none. Datagrams between parts
   * are lost. Streams break, or with `"stall"` wait until {@linkcode Network.heal}, as nobody told them.
   */
  partition(parts: readonly (readonly string[])[], streams?: "break" | "stall"): void;
  /** Makes it one again. */
  heal(): void;
  /** All links of `peer` break, as it lost its power: streams tell the other end, datagrams tell nobody. */
  crash(peer: string): void;
  /** What went over all links of `peer`, or of everybody, so far. */
  traffic(peer?: string): Readonly<Traffic>;
}

/**
 * Makes a network in memory. One seed, one clock and one program give the same bytes at the same times, run after run.
 *
 * @example A datagram that takes a second
 * ```ts
 * import { VirtualClock } from "tinman";
 *
 * const clock = new VirtualClock();
 * const { a, b } = createNetwork({ seed: "1", clock, conditions: { delayMs: 1000 } }).connect("ann", "bob");
 * await a.send(Uint8Array.of(7));
 * await clock.runTo(1_000_000_000n);
 * for await (const bytes of b.incoming) break; // Uint8Array [ 7 ]
 * ```
 */
export function createNetwork(options: NetworkOptions): Network {
  return new SimulatedNetwork(options);
}

/** Both directions between two peers. */
interface Cable {
  readonly peers: readonly [a: string, b: string];
  readonly ends: readonly [a: End, b: End];
  readonly wires: readonly [forth: Wire, back: Wire];
}

class SimulatedNetwork implements Network, Switchboard {
  readonly clock: Clock;
  readonly #options: NetworkOptions;
  readonly #traffic = new Map<string, Traffic>();
  readonly #cables = new Set<Cable>();
  readonly #radios = new Map<string, Set<End>>();
  readonly #listeners = new Map<string, (link: Link) => boolean>();
  #parts: ReadonlyMap<string, number> | undefined;
  #made = 0;
  #forgetAt = 64;

  constructor(options: NetworkOptions) {
    [this.#options, this.clock] = [options, options.clock];
    fillConditions(options.conditions);
  }

  connect(a: string, b: string, options: ConnectOptions = {}): SimulatedPair {
    const { kind = "datagrams", maxBytes = kind === "stream" ? 65_536 : 1_200 } = options;
    const { clock } = this;
    const forth = fillConditions(this.#options.conditions, options.conditions);
    const back = fillConditions(this.#options.conditions, options.conditions, options.back);
    const number = this.#made++;
    const ends = ([[a, b], [b, a]] as const).map(([from, to], i) =>
      new End({
        kind,
        name: `sim:${to}`,
        maxBytes,
        sum: this.#sumOf(from),
        taken: (bytes) => wires[1 - i]!.taken(bytes),
      })
    ) as [End, End];
    const isJoined = () => this.isJoined(a, b);
    const wires = ([[a, b, forth], [b, a, back]] as const).map(([from, to, conditions], i) => {
      // Each direction draws its own numbers, so that one more link changes nothing for the others.
      const random = lazyRandom(`${this.#options.seed}/${number}/${from}>${to}`);
      return new Wire({ clock, random, conditions, from: ends[i]!, to: ends[1 - i]!, isJoined });
    }) as [Wire, Wire];
    const cable: Cable = { peers: [a, b], ends, wires };
    for (const i of [0, 1] as const) {
      ends[i].way = wires[i];
      wires[i].back = wires[1 - i as 0 | 1];
    }
    if (this.#cables.size >= this.#forgetAt) this.#forgetOver();
    this.#cables.add(cable);
    return {
      a: ends[0],
      b: ends[1],
      break: () => ends.forEach((end) => end.break()),
      change: (conditions) => wires.forEach((wire) => wire.conditions = fillConditions(wire.conditions, conditions)),
    };
  }

  medium({ maxBytes = 500, preambleMs = 0, conditions, inRange = () => true }: MediumOptions = {}) {
    const number = this.#made++;
    const medium = new Medium({
      clock: this.clock,
      random: createRandom(`${this.#options.seed}/${number}`),
      conditions: fillConditions({ bitsPerSecond: 3_125 }, conditions),
      preambleMs,
      hears: (from, to) => this.isJoined(from, to) && inRange(from, to),
    });
    return (peer: string): SimulatedLink => {
      const end = new End({ kind: "datagrams", name: `sim:air/${number}`, maxBytes, sum: this.#sumOf(peer) });
      medium.join(peer, end);
      const radios = this.#radios.get(peer) ?? new Set();
      this.#radios.set(peer, radios.add(end));
      return end;
    };
  }

  transport(peer: string): Transport {
    return createSimulatedTransport(peer, this);
  }

  partition(parts: readonly (readonly string[])[], streams: "break" | "stall" = "break"): void {
    this.#parts = new Map(parts.flatMap((part, i) => part.map((peer) => [peer, i] as const)));
    if (streams === "stall") return;
    for (const { peers: [a, b], ends } of this.#cables) {
      if (ends[0].kind === "stream" && !this.isJoined(a, b)) ends.forEach((end) => end.break());
    }
  }

  heal(): void {
    this.#parts = undefined;
    for (const { wires } of this.#cables) wires.forEach((wire) => wire.heal());
  }

  crash(peer: string): void {
    this.#listeners.delete(peer);
    for (const end of this.#radios.get(peer) ?? []) end.break();
    this.#radios.delete(peer);
    for (const { peers, ends } of this.#cables) {
      if (!peers.includes(peer)) continue;
      ends.forEach((end, i) => (end.kind === "stream" || peers[i] === peer) && end.break());
    }
    this.#forgetOver();
  }

  traffic(peer?: string): Readonly<Traffic> {
    if (peer !== undefined) return { ...this.#sumOf(peer) };
    const sum = noTraffic();
    for (const each of this.#traffic.values()) {
      for (const key of Object.keys(sum) as (keyof Traffic)[]) sum[key] += each[key];
    }
    return sum;
  }

  isJoined(a: string, b: string): boolean {
    return this.#parts === undefined || this.#parts.get(a) === this.#parts.get(b);
  }

  /** How long a link takes to be opened: there and back. */
  get openingMs(): number {
    return 2 * (this.#options.conditions?.delayMs ?? 0);
  }

  listen(peer: string, accept: (link: Link) => boolean): () => void {
    if (this.#listeners.has(peer)) {
      throw new TinmanError("UNAVAILABLE", `Cannot listen on sim:${peer}: it does so already`, { what: peer });
    }
    this.#listeners.set(peer, accept);
    return () => void (this.#listeners.get(peer) === accept && this.#listeners.delete(peer));
  }

  open(from: string, to: string, kind: Link["kind"]): Link {
    const accept = this.#listeners.get(to);
    if (accept === undefined || !this.isJoined(from, to)) {
      throw new TinmanError("UNAVAILABLE", `Cannot connect to sim:${to}: nobody answers there`, { what: to });
    }
    const { a, b } = this.connect(from, to, { kind });
    if (accept(b)) return a;
    throw new TinmanError("UNAVAILABLE", `Cannot connect to sim:${to}: too many wait there`, { what: to });
  }

  #sumOf(peer: string): Traffic {
    let sum = this.#traffic.get(peer);
    if (sum === undefined) this.#traffic.set(peer, sum = noTraffic());
    return sum;
  }

  #forgetOver(): void {
    for (const cable of this.#cables) if (cable.ends.every((end) => end.isOver)) this.#cables.delete(cable);
    this.#forgetAt = 64 + 2 * this.#cables.size;
  }
}

/** Made when something is drawn: most links of a simulation are perfect. */
function lazyRandom(seed: string): Random {
  let made: Random | undefined;
  const random = () => made ??= createRandom(seed);
  return {
    next: () => random().next(),
    int: (bound) => random().int(bound),
    bytes: (length) => random().bytes(length),
  };
}
