import type { Context } from "../command.ts";
import { defineCommand } from "../command.ts";
import { type Finding, printFindings } from "../findings.ts";
import { isTinmanError } from "../../errors/mod.ts";
import { listRecordings } from "../../log/mod.ts";
import { count, formatBytes } from "../output.ts";
import { RECORDINGS } from "../recordings.ts";
import { formatTime } from "../time.ts";
import { version } from "../version.ts";

/** `tinman doctor` */
export const doctor = defineCommand({
  name: "doctor",
  summary: "Look at this machine: permissions, disk, clock, recordings",
  about: "Changes nothing. Each line is ok, warn or fail; what is not ok says what to do.",
  args: [],
  flags: {},
  examples: [["tinman doctor", "before you drive out"], ["tinman doctor --json", "for a bug report"]],
  exits: { 6: "a line says fail" },
  json: "object",
  run(context) {
    const findings = checkMachine(context);
    printFindings(findings, context);
    return findings.some(({ level }) => level === "fail") ? 6 : 0;
  },
});

/** Looks at this machine; `growing` are the recordings that this process is writing. */
export function checkMachine(context: Machine, growing: readonly string[] = []): Finding[] {
  const { versions } = context.io;
  const message = `tinman ${version}, deno ${versions.deno ?? "?"}, ${versions.system ?? "?"}`;
  return [
    { level: "ok", name: "versions", message },
    ...permissions(context),
    attempt("disk", () => disk(context)),
    ...clock(context),
    attempt("recordings", () => recordings(context, growing)),
  ];
}

type Machine = Pick<Context, "io" | "path">;

/** A look that is not allowed, or fails, is a finding like others. */
function attempt(name: string, look: () => Finding): Finding {
  try {
    return look();
  } catch (error) {
    if (!isTinmanError(error)) throw error;
    return { level: "fail", name, message: error.message, ...(error.hint !== undefined && { fix: error.hint }) };
  }
}

function permissions({ io }: Machine): Finding[] {
  const needed = ["read", "write"].map((name): Finding => {
    const state = io.permission(name);
    if (state === "granted") return { level: "ok", name, message: "allowed" };
    return {
      level: state === "partial" ? "warn" : "fail",
      name,
      message: `not allowed (${state})`,
      fix: `start with --allow-${name}`,
    };
  });
  const mapped: Finding = io.permission("ffi") === "granted"
    ? { level: "ok", name: "ffi", message: "allowed: recordings are mapped, not read" }
    : {
      level: "warn",
      name: "ffi",
      message: "not allowed: large recordings are read in pieces",
      fix: "start with --allow-ffi",
    };
  return [...needed, mapped];
}

function disk({ io, path }: Machine): Finding {
  const name = "disk";
  const free = io.files.freeBytes(path("."));
  if (free === undefined) {
    return { level: "warn", name, message: "nobody can tell how much is free", fix: "look at the disk yourself" };
  }
  const message = `${formatBytes(free)} free in ${path(".")}`;
  if (free >= 2 ** 30) return { level: "ok", name, message };
  return {
    level: free < 100 * 2 ** 20 ? "fail" : "warn",
    name,
    message,
    fix: "free some space, or record elsewhere: --record=DIR",
  };
}

function clock({ io }: Machine): Finding[] {
  let [last, back] = [io.environment.clock.now(), 0];
  for (let i = 0; i < 10_000; i++) {
    const now = io.environment.clock.now();
    if (now < last) back++;
    last = now;
  }
  // A field computer with an empty clock battery starts in 1970 or in the year it was built.
  const early = last < BigInt(Date.UTC(2025, 0)) * 1_000_000n;
  return [
    back === 0 ? { level: "ok", name: "clock", message: "never goes back" } : {
      level: "fail",
      name: "clock",
      message: `went back ${back} times in 10,000`,
      fix: "report this as a bug, with tinman doctor --json",
    },
    early
      ? {
        level: "warn",
        name: "date",
        message: formatTime(last),
        fix: "set the clock of this machine: recordings carry its time",
      }
      : { level: "ok", name: "date", message: formatTime(last) },
  ];
}

function recordings({ io, path }: Machine, growing: readonly string[]): Finding {
  const name = "recordings";
  const folder = path(RECORDINGS);
  const kind = io.files.stat(folder)?.kind;
  if (kind === undefined) return { level: "ok", name, message: `none in ${path(".")} yet` };
  if (kind === "file") {
    return {
      level: "fail",
      name,
      message: `${folder} is a file`,
      fix: "move it away, or record elsewhere: --record=DIR",
    };
  }
  const found = listRecordings(io.files, folder);
  const isGrowing = (recording: string) => growing.some((each) => path(each) === `${folder}/${recording}`);
  const unclean = found.filter(({ clean, name }) => !clean && !isGrowing(name)).map((each) => each.name);
  const message = `${count(found.length, "recording")} in ${folder}`;
  if (unclean.length === 0) return { level: "ok", name, message };
  return {
    level: "warn",
    name,
    message: `${message}, ${unclean.length} not ended in good order, or still being written: ${
      unclean.slice(-3).join(", ")
    }`,
    fix: `tinman log doctor ${unclean.at(-1)}`,
  };
}
