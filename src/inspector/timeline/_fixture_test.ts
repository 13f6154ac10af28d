import { VirtualClock } from "../../clock/mod.ts";
import { createRecording, openRecording, type Recording } from "../../log/mod.ts";
import type { Observed, ObservedTimeline } from "../../telemetry/mod.ts";
import { createTestEnvironment } from "../../testing/mod.ts";
import { openFixture } from "../_fixture.ts";
import { decodeLive } from "../page/live_message.ts";
import { createRecordingSource } from "../sources/recording.ts";

/** When recordings of tests begin. */
export const BASE_NS = 1_700_000_000_000_000_000n;
/** What reads all there is. */
export const unlimited = { take: () => true };

/** What a test writes: after so many milliseconds a value into a channel. */
export type Write = readonly [ms: number, channel: string, value: unknown];

/** A recording in memory, small blocks, that is opened. */
export interface Recorded extends Disposable {
  readonly recording: Recording;
  readonly source: Observed;
  readonly timeline: ObservedTimeline;
}

/** Records what is written, in the order of time. */
export function record(
  writes: Iterable<Write>,
  { note = () => {}, name = "/runs/1" }: {
    readonly note?: (note: (kind: string, fields: Readonly<Record<string, unknown>>) => void) => void;
    readonly name?: string;
  } = {},
): Recorded {
  const { files, registry, defaultCodec } = createTestEnvironment();
  const clock = new VirtualClock(BASE_NS);
  const writer = createRecording(files, name, { clock, blockBytes: 1024 });
  for (const [ms, channel, value] of writes) {
    clock.advanceTo(BASE_NS + BigInt(Math.round(ms * 1e6)));
    writer.channel(channel, defaultCodec).write(value);
  }
  note((kind, fields) => writer.note(kind, fields));
  writer.close();
  const recording = openRecording(files, name, { ...(registry !== undefined && { registry }) });
  const source = createRecordingSource(recording, { files, clock });
  return { recording, source, timeline: source.timeline!, [Symbol.dispose]: () => recording.close() };
}

/** An inspector of recordings, and a way to ask it. */
export function inspect(...recorded: readonly Recorded[]) {
  const { ask, bearer } = openFixture({ sources: recorded.map(({ source }) => source) });
  const get = (path: string) => ask(`/api/sources/${path}`, { headers: bearer });
  return {
    get,
    json: async (path: string) => await (await get(path)).json(),
    /** JSON, and the bytes behind it. */
    live: async (path: string) => decodeLive(new Uint8Array(await (await get(path)).arrayBuffer()))!,
  };
}
