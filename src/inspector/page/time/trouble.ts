import * as format from "../format.ts";
import type { Mark } from "./recording.ts";

/** A mark as `timeline/marks` says it. */
export type SaidMark = Omit<Mark, "atNs"> & { readonly timeNs: string };

/** A part of a recording that cannot be read. */
interface Damaged {
  readonly name: string;
  readonly damaged: readonly { readonly fromNs: number; readonly message: string }[];
}

/** Marks on a timeline that begins at `baseNs`. */
export function placeMarks(marks: readonly SaidMark[], baseNs: bigint): Mark[] {
  return marks.map(({ timeNs, ...mark }) => ({ ...mark, atNs: Number(BigInt(timeNs) - baseNs) }));
}

/** What went wrong first, an error before a warning; or next behind the cursor, whatever it is. Damage is an error. */
export function findTrouble(
  marks: readonly Mark[],
  whole: { readonly channels: readonly Damaged[] } | undefined,
  { which, cursorNs }: { readonly which: "first" | "next"; readonly cursorNs: number },
): Mark | undefined {
  const damaged = (whole?.channels ?? []).flatMap(({ name, damaged }) =>
    damaged.map(({ fromNs, message }): Mark => ({ atNs: fromNs, level: "error", about: name, message }))
  );
  const all = [...marks, ...damaged].sort((a, b) => a.atNs - b.atNs);
  if (which === "next") return all.find(({ atNs }) => atNs > cursorNs);
  return all.find(({ level }) => level === "error") ?? all.find(({ level }) => level === "warn");
}

/** `1 error`, `9 warnings`; nothing of what there is none. */
export function countTrouble(marks: readonly Mark[]): string[] {
  const errors = marks.filter(({ level }) => level === "error").length;
  return [[errors, "error"] as const, [marks.length - errors, "warning"] as const].flatMap(([count, what]) =>
    count === 0 ? [] : [`${format.count(count)} ${what}${count === 1 ? "" : "s"}`]
  );
}
