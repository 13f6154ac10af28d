// Goal: both forms of a recording keep what a recording promises. Method: one contract suite, files in memory.
import { createMemoryFiles } from "../files/mod.ts";
import { testRecording } from "../testing/recording_suite.ts";

for (
  const [name, suffix, compress] of [
    ["A folder", "", "none"],
    ["An MCAP file", ".mcap", "none"],
    ["A compressed MCAP file", ".mcap", "zstd"],
  ] as const
) {
  testRecording({
    name: `${name} in memory`,
    test: Deno.test,
    suffix,
    compress,
    create() {
      const files = createMemoryFiles();
      files.makeFolder("data");
      return { files, folder: "data" };
    },
  });
}
