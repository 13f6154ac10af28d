import {
  type Archives,
  type BuildReport,
  type CacheReport,
  createStoreArchives,
  EVENT_SERVICES,
  type EventServices,
  type Processor,
  type RanEvents,
} from "../reactive/mod.ts";
import type { RunEnvironment } from "../runtime/mod.ts";
import type { Context } from "./command.ts";
import { clean } from "./style.ts";

/** What became of one input of a builder or of a processor with a cache, for people. */
interface Decision {
  readonly node: string;
  readonly processor: string;
  /** Which input of it, from 1; for a processor, which event. */
  readonly input: string;
  readonly outcome: string;
  readonly why: string;
  readonly made: string;
}

/** Pipelines of events in a run: where they keep what they build, and what they say of it afterwards. */
export class RunEvents {
  readonly #ran: RanEvents[] = [];
  readonly #archives: Archives | undefined;

  /** `cache` names the file that they keep things in, if they do. */
  constructor(cache: string | undefined, { io, path }: Context) {
    this.#archives = cache === undefined ? undefined : createStoreArchives(() => io.openStore(path(cache)));
  }

  /** The environment of the run, with this. */
  within(environment: RunEnvironment): RunEnvironment {
    const services: EventServices = {
      archivesOf: (node) => this.#archives && below(this.#archives, node),
      ran: (run) => void this.#ran.push(run),
    };
    return { ...environment, services: { ...environment.services, [EVENT_SERVICES]: services } };
  }

  /** As data: for each pipeline how it went, and what its builders and caches did. */
  toJSON(): unknown {
    return this.#ran.map(({ node, processors, report: { transcript: _, errors, ...report } }) => ({
      node,
      ...report,
      errors: errors.map(({ message }) => message),
      builders: named(processors, buildsOf),
      caches: named(processors, cacheOf),
    }));
  }

  /** Says so when nothing that ran could use the cache: after a slip, all would be built anew without a word. */
  warnUnused({ out }: Context): void {
    if (this.#archives === undefined || this.#ran.length > 0) return;
    out.problem(out.paintError("yellow", "warning: --cache was not used: nothing that ran is a pipeline of events"));
  }

  /** Prints why each artifact was built, or was not. */
  explain({ out }: Context): void {
    const decisions = this.#ran.flatMap((run) => run.processors.flatMap((each) => decisionsOf(each, run.node)));
    if (decisions.length === 0) {
      out.note("nothing to explain: no builder was asked for what it provides, and no processor has a cache");
      return;
    }
    const nodes = this.#ran.length > 1 ? ["node"] : [];
    const rows = decisions.map(({ node, processor, input, outcome, why, made }) => [
      ...nodes.map(() => clean(node)),
      clean(processor),
      clean(input),
      outcome,
      why,
      made,
    ]);
    out.table([...nodes, "processor", "input", "outcome", "because", "made"], rows, { right: ["made"] });
  }
}

function decisionsOf(processor: Processor, node: string): Decision[] {
  const of = { node, processor: processor.name };
  const builds = (buildsOf(processor)?.steps ?? []).map((step): Decision => ({
    ...of,
    input: `#${step.input + 1}`,
    outcome: { built: "built", archive: "from the cache", repeated: "passed over" }[step.outcome],
    why: step.outcome === "built" ? BUILT[step.reason]! : step.outcome === "archive" ? SAME : "it was there before",
    made: `${step.artifacts}`,
  }));
  const calls = (cacheOf(processor)?.steps ?? []).map(({ on, reason, emitted }): Decision => ({
    ...of,
    input: on,
    outcome: reason === "archive" ? "from the cache" : "called",
    why: reason === "archive" ? SAME : BUILT[reason]!,
    made: `${emitted}`,
  }));
  return [...builds, ...calls];
}

const SAME = "input and code are as they were";
const BUILT: Readonly<Record<string, string>> = {
  "not kept": "it keeps nothing",
  "dedupe is off": "it builds every time",
  "no entry": "it is new",
  "input changed": "its input changed",
  "code changed": "its code changed",
  "entry damaged": "what was kept is damaged",
};

/** Two nodes may have processors of one name. */
function below(archives: Archives, node: string): Archives {
  return { open: (name) => archives.open(`${node}/${name}`), close: () => archives.close() };
}

function named<T extends object>(processors: readonly Processor[], reportOf: (processor: Processor) => T | undefined) {
  return processors.flatMap((each) => {
    const report = reportOf(each);
    return report === undefined ? [] : [{ name: each.name, ...report }];
  });
}

function buildsOf(processor: Processor): BuildReport | undefined {
  const { wiring, report } = processor as Processor & { report?: () => BuildReport };
  return wiring === undefined || report === undefined ? undefined : report.call(processor);
}

function cacheOf(processor: Processor): CacheReport | undefined {
  return (processor as Processor & { cacheReport?: () => CacheReport }).cacheReport?.();
}
