// A thread with one stage of a pipeline begins here.
import { fileURLToPath } from "node:url";
import { TinmanError } from "../errors/mod.ts";
import { builtinStages, OWN_MODULE, serveStage, type StageTask, type StageType } from "../pipeline/mod.ts";
import { createPlatform, importUserModule, thisWorker } from "../platform/mod.ts";
import { becomeStageThread, WAKE } from "./workers.ts";

becomeStageThread();
const worker = thisWorker();
const { clock } = createPlatform();

await serveStage(worker.data as StageTask, findType, {
  wake: () => worker.post(WAKE),
  post: (message) => worker.post(message),
  receive: () => worker.receive() as never,
  wait: (block) => worker.wait(block),
  elapsedNs: () => clock.elapsedNs(),
});

async function findType({ type, module = OWN_MODULE }: StageTask): Promise<StageType> {
  const found = module === OWN_MODULE ? builtinStages : Object.values(await load(module)).flat();
  const match = found.find((each) => (each as Partial<StageType> | undefined)?.type === type);
  if (match !== undefined) return match as StageType;
  throw new TinmanError("NOT_FOUND", `Cannot find stage type "${type}": ${module} exports none of this name`, {
    kind: "stage type",
    id: type,
  });
}

function load(module: string): Promise<Record<string, unknown>> {
  return module.startsWith("file:") ? importUserModule(fileURLToPath(module)) : import(module);
}
