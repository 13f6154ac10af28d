import type { Decoded } from "../codec/mod.ts";
import { type Frame, groupFrames, type Recording } from "../log/mod.ts";
import { ChannelTable } from "./export_table.ts";
import type { ExportTarget, ExportTexts } from "./export_targets.ts";
import { FrameDecoder, toFrameJson } from "./frame_decoder.ts";
import { toJson } from "./output.ts";
import type { LongJob } from "./progress.ts";
import { formatTime } from "./time.ts";

/** What went to one target. */
export interface Written extends ExportTarget {
  readonly rows: number;
}

/** What an export works with. */
export interface ExporterOptions {
  readonly job: LongJob;
  readonly texts: ExportTexts;
  readonly read: { readonly channels: readonly string[]; readonly fromNs?: bigint; readonly toNs?: bigint };
}

/** Reads frames of a recording and writes what they say to targets. */
export class Exporter {
  /** How many frames do not decode, and why the first one does not. */
  undecoded = 0;
  problem: Error | undefined;
  readonly #recording: Recording;
  readonly #options: ExporterOptions;
  readonly #decoder: FrameDecoder;

  /** Opens nothing yet. */
  constructor(recording: Recording, options: ExporterOptions) {
    [this.#recording, this.#options] = [recording, options];
    this.#decoder = new FrameDecoder((channel) => recording.codec(channel));
  }

  /** A table for each target. */
  async tables(targets: readonly ExportTarget[]): Promise<Written[]> {
    const tables = new Map(targets.map(({ channels: [name] }) => {
      const info = this.#recording.channels.find((each) => each.name === name);
      return [name!, new ChannelTable({ isTable: info?.codec?.codec === "table" })];
    }));
    await this.#each({ part: 0, of: 0.4 }, ({ channel }, decoded) => tables.get(channel)!.see(decoded));
    [this.undecoded, this.problem] = [0, undefined];
    const outputs = new Map(targets.map((target) => [target.channels[0]!, this.#options.texts.open(target)]));
    for (const [name, table] of tables) outputs.get(name)!(table.header());
    await this.#each({ part: 0.4, of: 0.6 }, (frame, decoded) => {
      outputs.get(frame.channel)!(tables.get(frame.channel)!.lines(frame, decoded));
    });
    return targets.map((target) => ({ ...target, rows: tables.get(target.channels[0]!)!.rows }));
  }

  /** Lines of JSON. */
  async lines(targets: readonly ExportTarget[]): Promise<Written[]> {
    const counts = targets.map((target) => ({ ...target, rows: 0 }));
    const byChannel = new Map(counts.flatMap((target) => {
      const write = this.#options.texts.open(target);
      return target.channels.map((name) => [name, { target, write }] as const);
    }));
    await this.#each({}, (frame, decoded) => {
      const { target, write } = byChannel.get(frame.channel)!;
      target.rows++;
      write(`${toJson(toFrameJson(frame, { time: formatTime(frame.timeNs), decoded }))}\n`);
    });
    return counts;
  }

  async #each(
    share: { readonly part?: number; readonly of?: number },
    take: (frame: Frame, decoded: Decoded<unknown>) => void,
  ): Promise<void> {
    const { job, read } = this.#options;
    if (read.channels.length === 0) return;
    let [frames, since] = [0, 0];
    for (const group of groupFrames(this.#recording.frames(read))) {
      const decoded = await this.#decoder.decode(group);
      for (const [i, frame] of group.entries()) {
        const { error } = decoded[i]!;
        if (error !== undefined) this.#notice(error);
        take(frame, decoded[i]!);
      }
      frames += group.length;
      if (frames - since < TURN_FRAMES) continue;
      since = frames;
      await job.step(frames, group.at(-1)!.timeNs, share);
      job.signal.throwIfAborted();
    }
  }

  #notice(error: Error): void {
    this.undecoded++;
    this.problem ??= error;
  }
}

const TURN_FRAMES = 4096;
