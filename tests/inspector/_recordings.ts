import { VirtualClock } from "tinman";
import { json } from "tinman/codecs";
import { createRecording } from "tinman/log";
import { createFrame, frameCodec } from "tinman/pipeline";
import { createPlatform } from "../../src/platform/mod.ts";

/** When recordings of tests begin. */
export const BEGAN_NS = 1_700_000_000_000_000_000n;

/**
 * Writes a recording of a drive: `imu` a thousand times a second with a gap from 40 % on, `gps` without a fix for a while,
 * `camera/front`, `audio` of samples, `status`, and `logs` with two errors. A million frames take about a second.
 */
export function writeDrive(folder: string, frames: number, { change = (i: number) => i }: {
  /** What stands in `imu.seq`. */
  readonly change?: (i: number) => number;
} = {}): void {
  const clock = new VirtualClock(BEGAN_NS);
  using recording = createRecording(createPlatform().files, folder, { clock });
  const [imu, gps, camera, status, logs] = ["imu", "gps", "camera/front", "status", "logs"].map((name) =>
    recording.channel(name, json())
  );
  const audio = recording.channel("audio", frameCodec());
  let now = BEGAN_NS;
  for (let i = 0; i < frames; i++) {
    now += BigInt(1_000_000 + (i % 7) * 100_000);
    clock.advanceTo(now);
    const [t, share] = [i / 1000, i / frames];
    if (i % 5000 === 0) status!.write({ mode: share > 0.5 ? "return" : "out", battery: 100 - share * 60 });
    if (i === Math.floor(frames * 0.62)) {
      logs!.write({ timeNs: `${now}`, level: "error", node: "imu", message: "no answer from the sensor for 1 s" });
    }
    if (i % Math.ceil(frames / 9) === 77) {
      logs!.write({ timeNs: `${now}`, level: "warn", node: "gps", message: "only 3 satellites" });
    }
    if (share > 0.4 && share < 0.43) continue;
    imu!.write({ acc: [Math.sin(t / 3), Math.cos(t / 5) + (i * 7919 % 100) / 500, 9.81], seq: change(i) });
    if (i % 100 === 0 && !(share > 0.7 && share < 0.75)) {
      const place = { lat: 52.5 + Math.sin(t / 60) * 0.01 + t * 1e-5, lon: 13.4 + Math.cos(t / 47) * 0.02 };
      gps!.write({ ...place, fix: 3, speed: 3 + Math.sin(t / 10) });
    }
    if (i % 50 === 0) camera!.write({ width: 640, height: 480, exposure: 10 + Math.sin(t / 20) * 4 });
    if (i % 1000 === 0) {
      const payload = Float64Array.from(
        { length: 512 },
        (_, j) => Math.sin(j * (0.2 + share)) + 0.3 * Math.sin(j * 0.9),
      );
      audio.write(createFrame({ sequenceId: i / 1000, payload, metadata: { sample_rate: 48_000 } }));
    }
  }
}
