import type { Check, CheckList, Observed } from "../telemetry/mod.ts";
import type { Context } from "./command.ts";
import { checkMachine } from "./commands/doctor.ts";
import { checkRecording } from "./commands/log_doctor.ts";

/** What `tinman doctor` looks at, for the page. A recording that one of `sources` is writing has not ended yet. */
export function machineChecks(context: Pick<Context, "io" | "path">, sources: readonly Observed[] = []): CheckList {
  return {
    id: "machine",
    title: "This machine",
    about: "Permissions, disk, clock and recordings, as tinman doctor looks at them.",
    isSlow: false,
    run: () => {
      const recordings = sources.map((source) => source.look().recording).filter((each) => each?.isGrowing);
      return checkMachine(context, recordings.map((each) => each!.path)) satisfies readonly Check[];
    },
  };
}

/** What `tinman log doctor` looks at. */
export function recordingChecks(folder: string, context: Pick<Context, "io" | "path" | "out">): CheckList {
  return {
    id: "recording",
    title: "This recording",
    about: "Reads all of it: checksums, torn ends, lost frames and codecs, as tinman log doctor.",
    isSlow: true,
    run: async () => (await checkRecording(folder, context)).findings,
  };
}
