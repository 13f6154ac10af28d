import { createDenoFiles } from "../../src/platform/mod.ts";
import { testRecording } from "../../src/testing/mod.ts";

for (const [name, suffix] of [["A folder", ""], ["An MCAP file", ".mcap"]] as const) {
  testRecording({
    name: `${name} on this disk`,
    test: Deno.test,
    suffix,
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
