import type { Check, CheckList } from "../telemetry/mod.ts";
import type { Context } from "./command.ts";
import { checkMachine } from "./commands/doctor.ts";
import { checkRecording } from "./commands/log_doctor.ts";

/** What `tinman doctor` looks at, for the page. */
export function machineChecks(context: Pick<Context, "io" | "path">): CheckList {
  return {
    id: "machine",
    title: "This machine",
    about: "Permissions, disk, clock and recordings, as tinman doctor looks at them.",
    isSlow: false,
    run: () => checkMachine(context) satisfies readonly Check[],
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
