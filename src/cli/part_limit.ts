import { TinmanError } from "../errors/mod.ts";
import type { PartLimit } from "../log/mod.ts";
import { parseDuration } from "./time.ts";

const unitBytes: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/** What `--split` and `--keep` ask for. @throws {TinmanError} `USAGE` */
export function readLimits(
  { record, split, keep }: {
    readonly record: string | true | undefined;
    readonly split: string | undefined;
    readonly keep: string | undefined;
  },
): { readonly split?: PartLimit; readonly keep?: PartLimit } {
  if (keep !== undefined && split === undefined) {
    throw usage(
      "--keep",
      "Cannot keep the last parts of a recording that is not split: --split is missing",
      "--split 1h",
    );
  }
  if (split === undefined) return {};
  if (record === undefined) throw usage("--split", "Cannot split: nothing is recorded", "add --record");
  const limits = {
    split: readLimit("--split", split),
    ...(keep !== undefined && { keep: readLimit("--keep", keep) }),
  };
  const { bytes = 0, timeNs = 0n } = limits.split;
  if ((limits.keep?.bytes ?? Infinity) < bytes || (limits.keep?.timeNs ?? timeNs) < timeNs) {
    throw usage("--keep", `Cannot keep ${keep} of parts of ${split}: that is less than one`, "keep several parts");
  }
  return limits;
}

/** A size or a time: `500MB`, `2GiB`, `1h`, `10s`. @throws {TinmanError} `USAGE` */
function readLimit(flag: string, text: string): PartLimit {
  const [, number, unit] = /^\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*$/i.exec(text) ?? [];
  const factor = unitBytes[unit?.toLowerCase() ?? ""];
  const hint = "write a time (10s, 5m, 1h) or a size (500MB, 2GiB)";
  // 5m are minutes, and who writes 5M means megabytes.
  if (unit !== undefined && /^[A-Z]$/.test(unit) && factor === undefined) {
    throw usage(flag, `Cannot read ${flag} "${text}": it is no size and no time`, hint);
  }
  const limit = factor === undefined
    ? { timeNs: BigInt(Math.round(readTime(flag, text, hint) * 1e6)) }
    : { bytes: Math.round(Number(number) * factor) };
  if ((limit.bytes ?? limit.timeNs)! > 0) return limit;
  throw usage(flag, `Cannot use ${flag} ${text}: it is more than nothing`, hint);
}

function readTime(flag: string, text: string, hint: string): number {
  try {
    return parseDuration(text);
  } catch {
    throw usage(flag, `Cannot read ${flag} "${text}": it is no size and no time`, hint);
  }
}

function usage(argument: string, message: string, hint: string): TinmanError<"USAGE"> {
  return new TinmanError("USAGE", message, { argument, hint });
}
