import type { Difference, Row } from "./rows.ts";

/** What `/compare` says. */
export interface Compared {
  readonly done: number;
  readonly channels: readonly Row[];
  readonly onlyA: readonly string[];
  readonly onlyB: readonly string[];
}

/** What `/verdict` says: a channel is compared up to its first difference. */
export interface Verdict {
  readonly channels: readonly { readonly name: string; readonly equal: number; readonly recorded: number }[];
  readonly divergences:
    readonly (Omit<Difference, "a" | "b" | "frames"> & { readonly channel: string; readonly frame: number })[];
}

/** Two recordings: channels that both have, then those of one alone. */
export function rowsOfRecordings({ channels, onlyA, onlyB }: Compared): Row[] {
  const none = { done: 1, differences: [] };
  return [
    ...channels,
    ...onlyA.map((name): Row => ({ ...none, name, only: "not in the other" })),
    ...onlyB.map((name): Row => ({ ...none, name, only: "only in the other" })),
  ];
}

/** A replay beside what was recorded. */
export function rowsOfVerdict({ channels, divergences }: Verdict): Row[] {
  return channels.map(({ name, equal, recorded }): Row => {
    const found = divergences.filter(({ channel }) => channel === name);
    const differences = found.map(({ frame, ...rest }) => ({ ...rest, a: frame, b: frame, frames: 1 }));
    const count = (kind: Difference["kind"]) => found.filter((each) => each.kind === kind).length;
    return {
      ...{ name, equal, differences, countA: recorded, done: recorded === 0 ? 1 : equal / recorded },
      ...{ changed: count("changed"), missing: count("missing"), extra: count("extra") },
    };
  });
}
