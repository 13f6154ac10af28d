import { TinmanError } from "../errors/mod.ts";
import { SERVICES } from "../runtime/mod.ts";
import type { StageAhead } from "./ahead.ts";
import type { StageConfig } from "./config.ts";
import type { Stage, StageContext } from "./stage.ts";
import { WorkerStage } from "./worker_stage.ts";
import type { Workers } from "./worker_thread.ts";

/**
 * Starts a thread and makes the stage of `config` in it. What comes back behaves as the stage itself would: one frame at a
 * time, in order. Meanwhile the thread has the next ones already.
 *
 * @throws {TinmanError} `UNAVAILABLE` when the run has no threads; what the stage threw when it was made.
 */
export async function openWorkerStage(config: StageConfig, context: StageContext & StageAhead): Promise<Stage> {
  const stage = new WorkerStage(config, context, workersOf(config, context));
  try {
    await context.hold(stage.ready());
    return stage;
  } catch (error) {
    await stage.close();
    throw error;
  }
}

/**
 * The stage of `config` where its placement says: in a thread of its own if it says so. How long it takes is watched there,
 * by the time outside, and nothing in here keeps a frame.
 */
export function placed(config: StageConfig): StageConfig {
  if (config.placement !== "worker") return config;
  const type = {
    ...config.type,
    doneOnReturn: true,
    create: (_: unknown, context: StageContext) => openWorkerStage(config, context),
  };
  return { ...config, type, timeout_ms: 0 };
}

function workersOf({ id }: StageConfig, { [SERVICES]: services }: StageContext): Workers {
  const workers = services?.workers as Workers | undefined;
  if (typeof workers?.open === "function") return workers;
  throw new TinmanError("UNAVAILABLE", `Cannot start stage "${id}" in a worker: this run has no workers`, {
    what: "workers",
    hint: "give its environment services: { workers }, as createEnvironment() does, or take the placement away",
  });
}
