import assert from "node:assert/strict";
import { python } from "./_member.ts";
import { startBrokerProcess } from "./_broker.ts";

// kafka-python, from Debian's package python3-kafka; .ci/run installs it.
const version = await new Deno.Command(python, {
  args: ["-c", "import kafka; print(kafka.__version__)"],
  stderr: "null",
}).output().then(
  ({ success, stdout }) => success ? new TextDecoder().decode(stdout).trim() : undefined,
  () => undefined,
);
if (version === undefined && Deno.env.get("CI") !== undefined) {
  throw new Error("kafka-python is needed in CI: apt-get install python3-kafka");
}

Deno.test({
  name: `kafka-python ${version ?? "(skipped: python3-kafka is not installed)"}: records, groups, offsets, tools`,
  ignore: version === undefined,
  fn: async () => {
    await using broker = await startBrokerProcess();
    const script = new URL("kafka_python.py", import.meta.url).pathname;
    const { code, stdout, stderr } = await new Deno.Command(python, { args: [script, broker.bootstrap] }).output();
    assert.equal(code, 0, new TextDecoder().decode(stderr));
    assert.deepEqual(new TextDecoder().decode(stdout).trim().split("\n"), [
      "topics ['t']",
      "partitions 3",
      "altered [0]",
      "settings 70000 604800000",
      "cluster [1]",
      "offsets [0, 0, 0, 1, 1, 1]",
      "offsets [2, 2, 2, 3, 3, 3]",
      "read 12 [0, 1, 2]",
      "committed [4, 4, 4] [4, 4, 4]",
      "groups [('g', 'consumer')] [('Stable', 1)]",
      "lists [(0, 4), (1, 4), (2, 4)]",
      "ends 0 4",
      "times [1]",
      "from ['gzip 4']",
      "outside OffsetAndMetadata(offset=1, metadata='note')",
      "deleted NoError [('t', 0)]",
    ]);
  },
});
