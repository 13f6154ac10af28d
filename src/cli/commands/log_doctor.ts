import { createSlice } from "../../channel/mod.ts";
import { isTinmanError } from "../../errors/mod.ts";
import { decodeFrame, type Recording, type VerifyReport, verifySteps } from "../../log/mod.ts";
import { type Context, defineCommand } from "../command.ts";
import { type Finding, printFindings, readFinding } from "../findings.ts";
import { count } from "../output.ts";
import { findRecordingFolder, openDecoded, recordingArgument } from "../recordings.ts";

/** `tinman log doctor` */
export const logDoctor = defineCommand({
  name: "log doctor",
  summary: "Say what is wrong with a recording, and what to do",
  about: "Changes nothing: checksums, torn ends, lost frames, codecs that are not here, frames that do not decode.",
  args: [recordingArgument],
  flags: {},
  examples: [["tinman log doctor latest", "after a crash"]],
  exits: {
    3: "the recording is not there",
    5: "data is damaged or lost",
    6: "data is whole, but something needs a look",
  },
  json: "object",
  async run(context) {
    const { findings, ...verified } = await checkRecording(findRecordingFolder(context.args[0]!, context), context);
    printFindings(findings, context as Context, verified);
    if (findings.some(({ level }) => level === "fail")) return 5;
    return findings.some(({ level }) => level === "warn") ? 6 : 0;
  },
});

/** Reads a recording from end to end, in slices. @throws {TinmanError} `NOT_FOUND`, `FOREIGN_LOG` when there is none. */
export async function checkRecording(
  folder: string,
  context: Pick<Context, "io" | "path" | "out">,
): Promise<Pick<VerifyReport, "folder" | "totals"> & { readonly findings: readonly Finding[] }> {
  const verified = await verifyInSlices(folder, context.io);
  using recording = await openDecoded(verified.folder, context);
  const { totals } = verified;
  const findings = [...verified.findings.map(readFinding), ...losses(recording), ...codecs(recording)];
  if (findings.length === 0) {
    findings.push({ level: "ok", name: "recording", message: `${count(totals.frames, "frame")}, all as written` });
  }
  return { folder: verified.folder, totals, findings };
}

/** Whoever else has something to do gets a turn every few milliseconds: signals, and the pages of an inspector. */
async function verifyInSlices(folder: string, { files, environment }: Context["io"]): Promise<VerifyReport> {
  const { nextTurn, clock } = environment;
  const slice = createSlice({ nextTurn, elapsedNs: () => clock.elapsedNs() });
  const steps = verifySteps(files, folder);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    await slice.spent();
  }
}

function losses(recording: Recording): Finding[] {
  return recording.channels.filter(({ drops }) => drops > 0).map(({ name, drops }) => ({
    level: "warn",
    name,
    message: `${count(drops, "frame")} could not be written when it was recorded`,
    fix: "tinman log info shows when; record to a faster or emptier disk",
  }));
}

/** Whether the first frame of each channel can be read as a value. */
function codecs(recording: Recording): Finding[] {
  return recording.channels.flatMap(({ name, frames }): Finding[] => {
    try {
      const codec = recording.codec(name);
      if (frames > 0) {
        for (const frame of recording.frames({ channels: [name] })) return void decodeFrame(frame, codec), [];
      }
    } catch (error) {
      // What is damaged was found by the checksums.
      if (!isTinmanError(error) || error.code === "CORRUPT_LOG") return [];
      return [{
        level: "warn",
        name,
        message: error.message,
        fix: error.hint ?? "tinman log cat --raw shows the bytes",
      }];
    }
    return [];
  });
}
