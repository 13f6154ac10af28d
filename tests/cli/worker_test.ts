// A pipeline with stages in workers, from source and from the executable that TINMAN_BIN names: its module has to be found.
import assert from "node:assert/strict";
import { temporaryFolder, tinman } from "./processes.ts";

/** A sine through a filter, as CSV. */
function pipeline(placement: "main" | "worker"): string {
  return JSON.stringify({
    pipeline_config: { trigger_count: 20 },
    nodes: [
      { id: "sine", type: "SineGenerator", config: { frame_size: 3000 } },
      { id: "low", type: "FIR", config: { length: 31 }, placement },
      { id: "rms", type: "RMS", placement },
      { id: "csv", type: "CsvSink", config: { path: `${placement}.csv` } },
    ],
    connections: [{ from: "sine", to: "low" }, { from: "low", to: "rms" }, { from: "rms", to: "csv" }],
  });
}

Deno.test("tinman runs stages of a pipeline in workers, and they give what they give without", async () => {
  using folder = temporaryFolder();
  for (const placement of ["main", "worker"] as const) {
    Deno.writeTextFileSync(`${folder.path}/${placement}.json`, pipeline(placement));
    const { code, stderr } = await tinman(["run", `${placement}.json`], { cwd: folder.path });
    assert.equal(code, 0, stderr);
  }
  const [main, worker] = ["main", "worker"].map((name) => Deno.readTextFileSync(`${folder.path}/${name}.csv`));
  assert.equal(main!.split("\n").length, 22);
  assert.equal(worker, main);
});
