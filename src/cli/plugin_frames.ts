import { createFrame, type DataFrame, findFrameProblem, formatFrameLine, parseFrameLine } from "../pipeline/mod.ts";
import type { OpenPlugin, ProvidedStage, Tier } from "../plugin/mod.ts";
import { createDiagnostics, type LogEntry, type RunEnvironment } from "../runtime/mod.ts";
import type { PortValue } from "./plugin_values.ts";

/** What is put into a stage of a plugin, and how. */
export interface FramesOptions {
  /** The id of the plugin. */
  readonly plugin: string;
  readonly stage: ProvidedStage;
  readonly config: Readonly<Record<string, unknown>>;
  /** Frames as JsonlSink writes them, for its inputs. */
  readonly messages: readonly PortValue[];
  readonly open: OpenPlugin;
  readonly tier?: Tier;
}

/** How often a source is triggered. */
const TRIGGERS = 10;

/**
 * Hands frames to a stage of a plugin, one after the other, with made-up chance. So what comes out depends on the plugin
 * alone. A source is triggered ten times, a tenth of a second apart.
 */
export async function runFrames(
  { plugin, stage, config, messages, open, tier }: FramesOptions,
  { clock }: Pick<RunEnvironment, "clock">,
): Promise<{ readonly messages: readonly PortValue[]; readonly said: readonly LogEntry[] }> {
  const said: LogEntry[] = [];
  const inputs = Object.keys(stage.in);
  const opened = await open({ kind: "stage", plugin, node: stage.name, config, inputs, outputs: [], tier });
  await using session = opened.session;
  const start = { stage: stage.name, name: stage.name, config: opened.config, seed: "fixture" };
  const made = await session.openStage(start, createDiagnostics(stage.name, clock, (entry) => said.push(entry)));
  const pool = { take: (length: number) => new Float64Array(length) };
  const given = inputs.length === 0 ? triggers() : messages.map(({ port, value }) => ({ port, frame: frameOf(value) }));
  const frames: DataFrame[] = [];
  for (const { port, frame } of given) frames.push(...await made.process(frame, port, pool));
  frames.push(...await made.end(pool));
  return { messages: frames.map((frame) => ({ port: "out", value: lineOf(frame) })), said };
}

function triggers(): { readonly port: string; readonly frame: DataFrame }[] {
  return Array.from({ length: TRIGGERS }, (_, sequenceId) => ({
    port: "trigger",
    frame: createFrame({ sequenceId, timestampUs: sequenceId * 100_000 }),
  }));
}

function lineOf(frame: DataFrame): unknown {
  const problem = findFrameProblem(frame);
  if (problem === undefined) return JSON.parse(formatFrameLine(frame));
  throw new TypeError(`it gave no frame: ${problem.at.slice(1)} is ${problem.value}, expected ${problem.expected}`);
}

function frameOf(value: unknown): DataFrame {
  return parseFrameLine(JSON.stringify(value));
}
