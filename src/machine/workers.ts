import type { SlabMessage, Workers } from "../pipeline/mod.ts";
import { openWorker, type Platform, programForm } from "../platform/mod.ts";

/** Threads of this machine for stages of pipelines. */
export function createWorkers({ clock }: Pick<Platform, "clock">): Workers {
  return {
    clock,
    open: (task, { woken, message, ended }) =>
      openWorker(entry(), task, {
        message: (posted) => posted === WAKE ? woken() : message(posted as SlabMessage),
        ended,
      }),
  };
}

/** What a thread posts when there is something in its ring. */
export const WAKE = 0;

/** The module that the thread begins with; in a bundle it is a file beside this one. */
function entry(): URL {
  return new URL(programForm() === "source" ? "./stage_worker.ts" : "./stage_worker.js", import.meta.url);
}
