import type { Connection, StageConfig } from "./config.ts";
import type { PipelineDiff, StageFate, ValueChange } from "./diff.ts";

/** A diff for people, a line for each thing that changes: `~ amplifier: config.gain 2 → 3`. Nothing: no line. */
export function formatDiff(diff: PipelineDiff): string[] {
  return [
    ...diff.settings.map((value) => `~ pipeline_config: ${formatValue(value)}`),
    ...diff.removed.map((stage) => `- ${nameOf(stage)}`),
    ...diff.added.map((stage) => `+ ${nameOf(stage)}`),
    ...diff.changed.map(({ id, fate, values }) => {
      return `~ ${id}: ${withoutParameters(values).map(formatValue).join(", ")}${NOTES[fate]}`;
    }),
    ...diff.disconnected.map((edge) => `- ${edgeName(edge)}`),
    ...diff.connected.map((edge) => `+ ${edgeName(edge)}`),
    ...diff.shed.map(({ connection, ...value }) => `~ ${edgeName(connection)}: ${formatValue(value)}`),
  ];
}

const NOTES: Readonly<Record<StageFate, string>> = {
  kept: "",
  updated: "",
  anew: " (made anew)",
};

/** Where the type is another one, so are all parameters. */
function withoutParameters(values: readonly ValueChange[]): readonly ValueChange[] {
  const isOther = values.some(({ path }) => path === "type");
  return isOther ? values.filter(({ path }) => !path.startsWith("config.")) : values;
}

function nameOf({ id, type }: StageConfig): string {
  return `${id}: ${type.type}`;
}

function edgeName({ from, to, input }: Connection): string {
  return `${from} → ${to}${input === "in" ? "" : `.${input}`}`;
}

function formatValue({ path, before, after }: ValueChange): string {
  return `${path} ${textOf(before)} → ${textOf(after)}`;
}

function textOf(value: unknown): string {
  const text = JSON.stringify(value) ?? "none";
  return text.length <= 60 ? text : `${text.slice(0, 59)}…`;
}
