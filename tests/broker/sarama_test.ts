import assert from "node:assert/strict";
import { startBrokerProcess } from "./_broker.ts";

// Sarama, from Debian's packages golang-go and golang-github-shopify-sarama-dev. CI does not install them: they take
// 400 MB, and what Sarama sends others send, too.
const packages = "/usr/share/gocode";
const isThere = await Promise.all([
  Deno.stat(`${packages}/src/github.com/Shopify/sarama`),
  new Deno.Command("go", { args: ["version"], stdout: "null" }).output(),
]).then(() => true, () => false);

Deno.test({
  name: `Sarama 1.22: records with each compression, groups, tools${isThere ? "" : " (skipped: it is not installed)"}`,
  ignore: !isThere,
  fn: async () => {
    await using broker = await startBrokerProcess();
    const script = new URL("sarama.go", import.meta.url).pathname;
    const { code, stdout, stderr } = await new Deno.Command("go", {
      args: ["run", script, broker.bootstrap],
      env: { GO111MODULE: "off", GOPATH: packages },
    }).output();
    assert.equal(code, 0, new TextDecoder().decode(stderr));
    const four = "gzip:3 lz4:3 none:3 snappy:3";
    assert.deepEqual(new TextDecoder().decode(stdout).trim().split("\n"), [
      `1.0.0 60000 Stable 1 map[${four}] true consumer`,
      `2.0.0 60000 Stable 1 map[${four}] true consumer`,
      `2.2.0 60000 Stable 1 map[${four} zstd:3] true consumer`,
    ]);
  },
});
