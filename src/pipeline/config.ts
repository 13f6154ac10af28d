import { TinmanError } from "../errors/mod.ts";
import { parseJsonc, Problems } from "../jsonc/mod.ts";
import { readParameters } from "../parameter/mod.ts";
import { CHANGES } from "./change.ts";
import { readConnections } from "./connections.ts";
import { divideDeadLetters } from "./dead_letters.ts";
import { type DefaultPayload, type ErrorPolicy, readDefaultPayload, readErrorPolicy } from "./error_policy.ts";
import { type Placement, readPlacement } from "./placement.ts";
import { PRIORITIES, type Priority } from "./priority.ts";
import { inputsOf, outputChannels, type StageRegistry } from "./registry.ts";
import { readRestart, type RestartConfig } from "./restart.ts";
import type { ShedPolicy } from "./shed_queue.ts";
import type { StageType } from "./stage.ts";

/** `pipeline_config`, with its defaults. */
export interface PipelineSettings {
  /** Frames that may wait for one stage on one connection. @default {100} */
  readonly channel_capacity: number;
  /** Class of urgency. @default {"normal"} */
  readonly priority: Priority;
  /** Where nobody triggers the sources, as in `tinman run`: milliseconds between two triggers. @default {one trigger alone} */
  readonly trigger_every_ms?: number;
  /** Where nobody triggers the sources: how many triggers. @default {1, or no end with `trigger_every_ms`} */
  readonly trigger_count?: number;
  /** Longest that a stage may work on one frame where it gives a promise or works in a worker, unless it says otherwise. 0: for ever. @default {30000} */
  readonly stage_timeout_ms: number;
}

/** One of `nodes`, checked, with its defaults. */
export interface StageConfig {
  /** Its name, which is also that of its channel. */
  readonly id: string;
  /** The kind of stage that its `type` names. */
  readonly type: StageType;
  /** With all defaults. */
  readonly config: Readonly<Record<string, unknown>>;
  /** What becomes of frames that it fails on for good. @default {"propagate", and "skip" with a circuit breaker} */
  readonly on_error: ErrorPolicy;
  /** What stands in for a frame under `on_error: "default"`. @default {silence} */
  readonly default_frame?: DefaultPayload;
  /** How it is made anew after an error. @default {never} */
  readonly restart: RestartConfig;
  /** The channel that frames go to which the stage gave up; a part of it, `lost/a`, where others go there too. @default {none} */
  readonly dead_letters?: string;
  /**
   * Longest that it may work on one frame where it gives a promise, or works in a worker; 0: for ever. In a worker it is the
   * time outside that counts, also in a replay. @default {that of the pipeline}
   */
  readonly timeout_ms: number;
  /**
   * The thread that it works in. In a `worker` of its own it gives the same frames, while the other stages go on; it begins
   * with up to 16 frames that wait for it, unless the connection sheds or it has several inputs. @default {"main"}
   */
  readonly placement?: Placement;
}

/** One of `connections`: from a stage, or a channel of dead letters, to an input of a stage. */
export interface Connection {
  /** A stage, or a channel of dead letters. */
  readonly from: string;
  /** A stage. */
  readonly to: string;
  /** Which of its inputs. */
  readonly input: string;
  /** What gives when `to` is slower than its frames come. @default {"block"} */
  readonly shed?: ShedPolicy;
}

/** A pipeline as people write it, checked: everything in it can be made and connected. */
export interface PipelineConfig {
  /** What holds for all of it. */
  readonly settings: PipelineSettings;
  /** In the order of the file. */
  readonly stages: readonly StageConfig[];
  /** In the order of the file. */
  readonly connections: readonly Connection[];
}

/** Options of {@linkcode readPipeline}. */
export interface ReadPipelineOptions {
  /** The kinds of stages that may be named. */
  readonly registry: StageRegistry;
  /** The file, for messages. @default {"the pipeline"} */
  readonly path?: string;
}

/** The name of the channel that feeds the sources. */
export const TRIGGER = "trigger";

/** Most nodes of one pipeline. */
export const MAX_STAGES = 10_000;
/** What a name of a node or channel looks like. */
export const NAME = /^[\p{L}\p{N}_][\p{L}\p{N}_. -]*$/u;
/** Names that are taken. */
export const RESERVED: ReadonlySet<string> = new Set([TRIGGER, CHANGES, "logs"]);

/**
 * A pipeline from its configuration: a text of JSON with comments, or a value. Nothing is made yet.
 *
 * @throws {TinmanError} `CONFIG`, with all problems at once, each with its place.
 */
export function readPipeline(
  source: unknown,
  { registry, path = "the pipeline" }: ReadPipelineOptions,
): PipelineConfig {
  const given = typeof source === "string" ? parseJsonc(source, { path, maxLength: 16 * 2 ** 20 }).value : source;
  const problems = new Problems();
  const { pipeline_config, nodes, connections } = problems.object(given, "", [
    "$schema",
    "pipeline_config",
    "nodes",
    "connections",
  ]);
  const settings = readSettings(pipeline_config, problems);
  const stages = divideDeadLetters(readStages(nodes, { registry, settings, problems }));
  const config = { settings, stages, connections: readConnections(connections, stages, problems) };
  if (problems.found.length === 0) return config;
  throw new TinmanError("CONFIG", `Cannot use ${path}: ${problems.found.join("; ")}`, {
    ...(path !== "the pipeline" && { path }),
    problems: problems.found,
    hint: "nothing was started; `tinman pipeline stages` lists the types and what they take",
  });
}

function readSettings(given: unknown, problems: Problems): PipelineSettings {
  const at = "pipeline_config";
  const keys = ["channel_capacity", "priority", "trigger_every_ms", "trigger_count", "stage_timeout_ms"];
  const all = given === undefined ? {} : problems.object(given, at, keys);
  const { channel_capacity = 100, priority = "normal", trigger_every_ms, trigger_count, stage_timeout_ms = 30_000 } =
    all;
  const every = trigger_every_ms === undefined
    ? undefined
    : readMs(trigger_every_ms, `${at}.trigger_every_ms`, problems);
  if (every === 0) problems.add(`${at}.trigger_every_ms`, "expected more than 0");
  return {
    channel_capacity: problems.whole(channel_capacity, `${at}.channel_capacity`, 2 ** 24) ?? 1,
    priority: problems.oneOf(priority, `${at}.priority`, PRIORITIES) ?? "normal",
    ...(every !== undefined && { trigger_every_ms: every }),
    ...(trigger_count !== undefined && {
      trigger_count: problems.whole(trigger_count, `${at}.trigger_count`, Number.MAX_SAFE_INTEGER) ?? 1,
    }),
    stage_timeout_ms: readMs(stage_timeout_ms, `${at}.stage_timeout_ms`, problems),
  };
}

interface StageOptions {
  readonly registry: StageRegistry;
  readonly settings: PipelineSettings;
  readonly problems: Problems;
}

function readStages(given: unknown, options: StageOptions): StageConfig[] {
  const { problems } = options;
  if (given === undefined) problems.add("nodes", "it is missing");
  const list = problems.list(given, "nodes", MAX_STAGES);
  if (Array.isArray(given) && list.length === 0) problems.add("nodes", "it is empty; a pipeline has at least one node");
  const names = new Map<string, string>();
  return list.map((each, i) => readStage(each, `nodes[${i}]`, { ...options, names }));
}

const STAGE_KEYS = [
  "id",
  "type",
  "config",
  "on_error",
  "default_frame",
  "restart",
  "dead_letters",
  "timeout_ms",
  "placement",
];

function readStage(
  given: unknown,
  at: string,
  { registry, settings, problems, names }: StageOptions & { readonly names: Map<string, string> },
): StageConfig {
  const node = problems.object(given, at, STAGE_KEYS);
  const id = readName(node.id, `${at}.id`, problems, names);
  const type = typeof node.type === "string" ? registry.find(node.type) : undefined;
  if (typeof node.type !== "string") problems.text(node.type, `${at}.type`);
  else if (type === undefined) {
    problems.add(
      `${at}.type`,
      `unknown node type ${JSON.stringify(node.type.slice(0, 80))}; ${registry.suggest(node.type)}`,
    );
  }
  if (type !== undefined && id !== "") {
    for (const name of outputChannels(id, type).slice(1)) {
      const before = names.get(name);
      if (before !== undefined) {
        problems.add(`${at}.id`, `its output ${JSON.stringify(name)} is the name of ${before} already`);
      } else names.set(name, `an output of ${at}`);
    }
  }
  const config = type === undefined
    ? {}
    : readParameters(node.config, type.parameters, { at: `${at}.config`, problems });
  for (const { at: inside, problem } of type?.findProblems?.(config) ?? []) {
    problems.add(`${at}.config.${inside}`, problem);
  }
  const restart = readRestart(node.restart, `${at}.restart`, problems);
  const breaker = restart.strategy === "circuit_breaker";
  const usual = breaker ? "skip" : "propagate";
  const on_error = readErrorPolicy(node.on_error, { at: `${at}.on_error`, problems, usual });
  if (breaker && on_error === "propagate") {
    problems.add(
      `${at}.on_error`,
      "a circuit breaker never opens where the first error ends the pipeline; say skip or default",
    );
  }
  const placement = readPlacement(node.placement, type, { at: `${at}.placement`, problems });
  const default_frame = readDefaultPayload(node.default_frame, `${at}.default_frame`, problems);
  if (default_frame !== undefined && on_error !== "default") {
    problems.add(`${at}.default_frame`, 'it is used with on_error "default" alone');
  }
  return {
    id,
    type: type ?? UNKNOWN,
    config,
    on_error,
    ...(default_frame !== undefined && { default_frame }),
    restart,
    ...(node.dead_letters !== undefined && {
      dead_letters: readName(node.dead_letters, `${at}${DEAD_LETTERS}`, problems, names),
    }),
    timeout_ms: node.timeout_ms === undefined
      ? settings.stage_timeout_ms
      : readMs(node.timeout_ms, `${at}.timeout_ms`, problems),
    ...(placement !== "main" && { placement }),
  };
}

const UNKNOWN: StageType = {
  type: "",
  title: "",
  category: "",
  parameters: {},
  create: () => ({ process() {} }),
};

/** Where a name may be one that was given before. */
const DEAD_LETTERS = ".dead_letters";

/** A name of a channel, and so of a stage. */
function readName(given: unknown, at: string, problems: Problems, names: Map<string, string>): string {
  const rules = { shape: NAME, what: "letters, digits, _ - . and spaces", max: 100 };
  const name = problems.text(given, at, rules);
  if (name === undefined) return "";
  const before = names.get(name);
  if (RESERVED.has(name)) problems.add(at, `the name ${JSON.stringify(name)} is one that tinman uses itself`);
  else if (before !== undefined && !(before.endsWith(DEAD_LETTERS) && at.endsWith(DEAD_LETTERS))) {
    problems.add(at, `${JSON.stringify(name)} is the name of ${before} already`);
  } else names.set(name, at);
  return name;
}

function readMs(given: unknown, at: string, problems: Problems): number {
  if (typeof given === "number" && given >= 0 && given <= 1e12) return given;
  problems.add(at, `expected milliseconds from 0 up, found ${JSON.stringify(given)}`);
  return 0;
}

/** The inputs of a stage of a configuration. */
export function stageInputs({ type }: StageConfig): readonly string[] {
  return inputsOf(type);
}
