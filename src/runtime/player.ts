import type { Out } from "../channel/mod.ts";
import { type Codec, codecFailure } from "../codec/mod.ts";
import { isTinmanError, TinmanError } from "../errors/mod.ts";
import { EVENTS_CHANNEL, type Frame, type Recording } from "../log/mod.ts";
import { DecodeAhead } from "./decode_ahead.ts";
import { CHANNEL_END, STOP } from "./recorder.ts";

/** What is played, and where to. */
export interface PlayerOptions {
  /** Recorded channels, and the channels of the graph that they feed. */
  readonly feeds: ReadonlyMap<string, readonly Out<unknown>[]>;
  /** Nanoseconds since 1970 that recorded times are counted from. */
  readonly originNs: bigint;
  readonly fromNs?: bigint | undefined;
  readonly toNs?: bigint | undefined;
  /** A frame with a later time is damaged. Without this a flipped bit would make a replay last for centuries. */
  readonly latestNs: bigint;
  /** Called where the recorded run was asked to end. */
  readonly onStop: () => void;
  /** How often it is played; `Infinity` for ever. */
  readonly times: number;
}

/** Between two rounds of a loop, so that their frames keep their order. */
const ROUND_GAP_NS = 1_000_000;

/** Feeds recorded frames into the channels of a graph, in the order in which they were recorded. */
export class Player {
  /** How many frames were published. */
  frames = 0;
  readonly #recording: Recording;
  readonly #options: PlayerOptions;
  readonly #codecs = new Map<string, Codec<unknown>>();
  readonly #feeds: Map<string, readonly Out<unknown>[]>;
  readonly #ahead: DecodeAhead | undefined;
  #round = 0;
  #shiftNs = 0;
  #playedNs = 0n;
  #firstNs: number | undefined;
  #lastNs = 0;
  #frames: Iterator<Frame>;
  #next: Frame | undefined;
  #nextNs = Infinity;

  constructor(recording: Recording, options: PlayerOptions) {
    [this.#recording, this.#options] = [recording, options];
    this.#feeds = new Map(options.feeds);
    for (const channel of options.feeds.keys()) this.#codecs.set(channel, recording.codec(channel));
    this.#ahead = DecodeAhead.for(this.#codecs);
    this.#frames = this.#open();
    this.#advance();
  }

  /** When the next frame was recorded, counted from the origin; `Infinity` when there is none. */
  get nextElapsedNs(): number {
    return this.#nextNs;
  }

  /** Feeds one more channel of the graph, from the frame that was played last. */
  feed(channel: string, out: Out<unknown>): void {
    const before = this.#feeds.get(channel);
    if (before?.includes(out)) return;
    this.#feeds.set(channel, [...before ?? [], out].filter(({ closing }) => !closing));
    if (before !== undefined) return;
    if (this.#nextNs === Infinity) this.#round--;
    this.#codecs.set(channel, this.#recording.codec(channel));
    this.#frames = this.#open(this.#playedNs + 1n);
    this.#advance();
  }

  /** Where the next frame takes time to be decoded: what has to be waited for before it is played. */
  decodeAhead(): Promise<void> | undefined {
    return this.#ahead?.decode(this.#next!);
  }

  /** Publishes the next frame if its readers have room, and says whether they had. */
  tryPlay(): boolean {
    const { channel, data, timeNs } = this.#next!;
    this.#playedNs = timeNs;
    if (channel === EVENTS_CHANNEL) {
      this.#handleEvent(data);
      this.#advance();
      return true;
    }
    const outs = this.#feeds.get(channel)!;
    if (!outs.every((out) => out.hasRoom())) return false;
    const value = this.#decode(this.#next!);
    for (const out of outs) out.tryPublish(value);
    this.frames++;
    this.#advance();
    return true;
  }

  /** Ends the channels it feeds. */
  end(): void {
    this.#nextNs = Infinity;
    for (const outs of this.#feeds.values()) close(outs);
  }

  // A channel ends when it ended in the recorded run; on all rounds but the last it goes on.
  #handleEvent(data: Uint8Array): void {
    if (this.#round + 1 < this.#options.times) return;
    const { kind, channel } = parseEvent(data);
    if (kind === CHANNEL_END && typeof channel === "string") close(this.#feeds.get(channel) ?? []);
    if (kind === STOP) this.#options.onStop();
  }

  #decode(next: Frame): unknown {
    const { channel, data, index: frame } = next;
    const codec = this.#codecs.get(channel)!;
    try {
      const ahead = this.#ahead?.get(next);
      if (ahead?.error !== undefined) throw ahead.error;
      return ahead === undefined ? codec.decode(data) : ahead.value;
    } catch (thrown) {
      const cause = codecFailure(codec.id, { direction: "decode", cause: thrown });
      if (!isTinmanError(cause, "CODEC")) throw cause;
      throw new TinmanError("CODEC", `Cannot replay frame ${frame} of "${channel}": ${cause.message}`, {
        ...cause.details,
        channel,
        frame,
        cause,
        hint: "tinman log cat --raw shows its bytes",
      });
    }
  }

  #open(fromNs = this.#options.fromNs): Iterator<Frame> {
    const { toNs } = this.#options;
    const events = this.#recording.reservedChannels.filter(({ name }) => name === EVENTS_CHANNEL);
    const channels = [...this.#feeds.keys(), ...events.map(({ name }) => name)];
    const frames = this.#recording.frames({
      channels,
      latched: this.#options.fromNs !== undefined && fromNs === this.#options.fromNs,
      ...(fromNs !== undefined && { fromNs }),
      ...(toNs !== undefined && { toNs }),
    });
    return this.#ahead?.read(frames) ?? frames[Symbol.iterator]();
  }

  #advance(): void {
    const { value, done } = this.#frames.next();
    if (done) return this.#nextRound();
    if (value.timeNs > this.#options.latestNs) throw this.#tooLate(value);
    this.#next = value;
    const elapsed = Number(value.timeNs - this.#options.originNs);
    this.#firstNs ??= elapsed;
    this.#lastNs = elapsed;
    this.#nextNs = elapsed + this.#shiftNs;
  }

  #tooLate({ channel, index, timeNs }: Frame): TinmanError<"CORRUPT_LOG"> {
    const path = `${this.#recording.folder}/${this.#recording.channels.find(({ name }) => name === channel)?.file}`;
    const message =
      `Cannot replay frame ${index} of "${channel}": its time ${timeNs} is behind the end of the recording`;
    return new TinmanError("CORRUPT_LOG", message, { path, at: 0, hint: "tinman log verify lists what is damaged" });
  }

  #nextRound(): void {
    this.#nextNs = Infinity;
    if (++this.#round >= this.#options.times || this.#firstNs === undefined) return;
    this.#shiftNs += this.#lastNs - this.#firstNs + ROUND_GAP_NS;
    this.#frames = this.#open();
    this.#advance();
  }
}

function close(outs: readonly Out<unknown>[]): void {
  for (const out of outs) out.close();
}

function parseEvent(event: Uint8Array): { readonly kind?: unknown; readonly channel?: unknown } {
  try {
    return JSON.parse(new TextDecoder().decode(event)) ?? {};
  } catch {
    return {};
  }
}
