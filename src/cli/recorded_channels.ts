import { didYouMean, TinmanError } from "../errors/mod.ts";
import { type Graph, logs, matchesAny } from "../runtime/mod.ts";
import type { Output } from "./output.ts";
import { clean } from "./style.ts";

/** Which channels `tinman run` is to record. */
export interface RecordedChannels {
  readonly record: string | true | undefined;
  readonly channels: readonly string[];
  readonly exclude: readonly string[];
}

/**
 * Looks whether what is to be recorded is there, before hours of a run show that it was not. Where the graph can change
 * while it runs, it may come later, so it is a warning.
 *
 * @throws {TinmanError} `USAGE` without --record, `NOT_FOUND` for what no channel is called.
 */
export function checkRecorded(
  graph: Graph,
  { record, channels, exclude }: RecordedChannels,
  { out, mayChange }: { readonly out: Output; readonly mayChange: boolean },
): void {
  if (record === undefined) {
    if (channels.length + exclude.length === 0) return;
    const argument = channels.length > 0 ? "--channels" : "--exclude";
    throw new TinmanError("USAGE", `Cannot use ${argument}: nothing is recorded`, { argument, hint: "add --record" });
  }
  const { nodes } = graph.toJSON();
  const names = [...new Set([...nodes.flatMap(({ inputs, outputs }) => [...inputs, ...outputs]), logs.name])];
  for (const glob of channels) {
    if (names.some((name) => matchesAny(name, [glob]))) continue;
    const error = new TinmanError("NOT_FOUND", `Cannot record channel "${glob}": the graph has ${names.join(", ")}`, {
      kind: "channel",
      id: glob,
      hint: didYouMean(glob, names),
    });
    if (!mayChange) throw error;
    out.note(out.paintError("yellow", `warning: ${clean(error.message)} now`));
  }
}
