import { TinmanError } from "../../errors/mod.ts";
import type { PluginWorld } from "../../plugin/mod.ts";
import { defineCommand } from "../command.ts";
import { clean } from "../style.ts";

/** `tinman serial list` */
export const serialList = defineCommand({
  name: "serial list",
  summary: "List the serial ports that could be opened now",
  about: "On Linux by the names that stay the same when a device is plugged in elsewhere, where it has one.",
  args: [],
  flags: {},
  examples: [["tinman serial list", "before `tinman plugin grant tinman.serial serial=PORT`"]],
  exits: { 7: "this machine has no serial ports that tinman knows of" },
  json: "object",
  async run({ io, out, settings }) {
    const world = io.environment.services?.pluginWorld as PluginWorld | undefined;
    const serial = world?.transports?.find(({ scheme }) => scheme === "serial");
    if (serial?.list === undefined) {
      throw new TinmanError("UNAVAILABLE", "Cannot list serial ports: there is nothing here that opens them", {
        what: "serial",
      });
    }
    const ports = await serial.list();
    if (settings.json) out.json({ v: 1, ports });
    else if (ports.length === 0) out.note("No serial port is there. Is the device plugged in, and its driver loaded?");
    else {out.table(
        ["port", "device"],
        ports.map(({ address, title }) => [address.replace(/^serial:/, ""), clean(title)]),
      );}
    return 0;
  },
});
