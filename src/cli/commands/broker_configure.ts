import { TinmanError } from "../../errors/mod.ts";
import { brokerExits, brokerFlags, openBrokers, partitionsOf, readSetting, readTopicName } from "../broker_client.ts";
import { defineCommand } from "../command.ts";

/** `tinman broker configure` */
export const brokerConfigure = defineCommand({
  name: "broker configure",
  summary: "Change settings of a topic",
  args: [{ name: "TOPIC", summary: "The topic", completes: "nothing" }],
  flags: {
    ...brokerFlags,
    set: { type: "each", value: "NAME=VALUE", summary: "A setting, as Kafka names it" },
    unset: { type: "each", value: "NAME", summary: "Take back a setting: the broker's own holds again" },
  },
  examples: [
    ["tinman broker configure camera --set max.message.bytes=16777216", "for records of up to 16 MiB"],
    ["tinman broker configure readings --unset retention.ms", "as the broker has it"],
  ],
  exits: brokerExits,
  json: "object",
  async run(context) {
    const { args, flags, out, settings } = context;
    const topic = readTopicName(args[0]!);
    const changed = Object.fromEntries([
      ...flags.set.map(readSetting),
      ...flags.unset.map((name): [string, null] => [name, null]),
    ]);
    if (Object.keys(changed).length === 0) {
      throw new TinmanError("USAGE", "Cannot configure: nothing is to be changed", {
        argument: "--set",
        hint: `tinman broker describe ${topic} --all lists the settings`,
      });
    }
    await using client = await openBrokers(context);
    await partitionsOf(client, topic);
    await client.admin.configure(topic, changed);
    if (settings.json) out.json({ v: 1, topic, settings: changed });
    else out.note(`configured ${topic}`);
    return 0;
  },
});
