import { TinmanError } from "../errors/mod.ts";
import type { SlabMessage, StageTask, Workers } from "../pipeline/mod.ts";
import { isMainModule, openWorker, type Platform, programForm } from "../platform/mod.ts";

/** Threads of this machine for stages of pipelines. */
export function createWorkers({ clock }: Pick<Platform, "clock">): Workers {
  return {
    clock,
    open(task, { woken, message, ended }) {
      check(task);
      return openWorker(entry(), task, {
        message: (posted) => posted === WAKE ? woken() : message(posted as SlabMessage),
        ended,
      });
    },
  };
}

/** Whether this thread is one for a stage. */
let isStageThread = false;

/** From now on this thread starts no others. */
export function becomeStageThread(): void {
  isStageThread = true;
}

/** A thread that runs the program again would start a thread that does. */
function check({ id, type, module = "" }: StageTask): void {
  if (!isStageThread && !isMainModule(module)) return;
  throw new TinmanError("CONFIG", `Cannot start stage "${id}" in a worker: importing ${type} runs the program again`, {
    hint: "put the stage into a module that does nothing but define it",
  });
}

/** What a thread posts when there is something in its ring. */
export const WAKE = 0;

/** The module that the thread begins with; in a bundle it is a file beside this one. */
function entry(): URL {
  return new URL(programForm() === "source" ? "./stage_worker.ts" : "./stage_worker.js", import.meta.url);
}
