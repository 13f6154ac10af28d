import { createDenoFiles } from "../../src/platform/mod.ts";
import { testRecording } from "../../src/testing/mod.ts";

for (
  const [name, suffix, compress] of [
    ["A folder", "", "none"],
    ["An MCAP file", ".mcap", "none"],
    ["A compressed MCAP file", ".mcap", "zstd"],
  ] as const
) {
  testRecording({
    name: `${name} on this disk`,
    test: Deno.test,
    suffix,
    compress,
    everyBytes: 101,
    create() {
      const folder = Deno.makeTempDirSync();
      return {
        files: createDenoFiles(),
        folder,
        [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }),
      };
    },
  });
}
