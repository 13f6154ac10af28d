/**
 * The stages that come with tinman. All are pure given their context, keep their state for each channel on its own, and
 * join frames without a seam. Input frames are never kept or changed.
 *
 * @module
 */
import { OWN_MODULE } from "../placement.ts";
import type { StageType } from "../stage.ts";
import { biquad } from "./biquad.ts";
import { channels } from "./channels.ts";
import { chirp } from "./chirp.ts";
import { decimate } from "./decimate.ts";
import { delay } from "./delay.ts";
import { fft, inverseFft } from "./fft.ts";
import { fir } from "./fir.ts";
import { gain } from "./gain.ts";
import { gate } from "./gate.ts";
import { mixer } from "./mixer.ts";
import { noiseGenerator } from "./noise.ts";
import { offset } from "./offset.ts";
import { peak } from "./peak.ts";
import { powerSpectrum } from "./power_spectrum.ts";
import { print } from "./print.ts";
import { resample } from "./resample.ts";
import { rms } from "./rms.ts";
import { sineGenerator } from "./sine.ts";
import { threshold } from "./threshold.ts";
import { window } from "./window.ts";

export { formatCsvHeader, formatCsvRows, parseCsvRow, TIME_COLUMN } from "./csv.ts";
export { fileStages } from "./file_stages.ts";
export { formatFrameLine, parseFrameLine } from "./jsonl.ts";
export { formatFrame } from "./print.ts";
export { decodeWav, encodeWav, type Wav, type WavFormat, wavFormats } from "./wav.ts";

const stages: readonly StageType[] = [
  ...[sineGenerator, noiseGenerator, chirp],
  ...[gain, offset, mixer, channels],
  ...[biquad, fir, gate],
  ...[window, fft, inverseFft, powerSpectrum, rms, peak, threshold, decimate],
  ...[resample, delay],
  print,
];

/** Every stage that needs nothing but frames, in the order in which a list shows them. */
export const builtinStages: readonly StageType[] = stages.map((stage) => ({
  ...stage,
  doneOnReturn: true,
  module: OWN_MODULE,
}));
