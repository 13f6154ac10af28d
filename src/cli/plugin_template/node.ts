import { definePlugin, type PluginContext } from "tinman/plugin";

export default definePlugin({ nodes: { NAME: smooth } });

/** For each number the mean of the last few. */
async function smooth({ in: { numbers }, out, config, log }: PluginContext): Promise<void> {
  const last: number[] = [];
  for await (const number of numbers!) {
    if (typeof number !== "number") {
      log.warn(`left out, it is not a number: ${JSON.stringify(number)}`);
      continue;
    }
    last.push(number);
    if (last.length > Number(config.window)) last.shift();
    // An output that nobody connected is not there.
    await out.smooth?.publish(last.reduce((sum, each) => sum + each, 0) / last.length);
  }
}
