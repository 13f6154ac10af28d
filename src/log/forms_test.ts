// Goal: both forms of a recording keep what a recording promises. Method: one contract suite, files in memory.
import { createMemoryFiles } from "../files/mod.ts";
import { testRecording } from "../testing/recording_suite.ts";

for (const [name, suffix] of [["A folder", ""], ["An MCAP file", ".mcap"]] as const) {
  testRecording({
    name: `${name} in memory`,
    test: Deno.test,
    suffix,
    create() {
      const files = createMemoryFiles();
      files.makeFolder("data");
      return { files, folder: "data" };
    },
  });
}
