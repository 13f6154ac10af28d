import { TinmanError } from "../../errors/mod.ts";
import { readPeers } from "../../mesh/mod.ts";
import { type Context, defineCommand } from "../command.ts";
import { formFlags, keepForm, meshExits, meshFlags, meshHere, meshPath } from "../mesh_open.ts";
import { runMesh } from "../mesh_run.ts";
import { clean } from "../style.ts";

const DEFAULT_LISTEN = "0.0.0.0:4242";

/** `tinman mesh start` */
export const meshStart = defineCommand({
  name: "mesh start",
  summary: "Stay in touch: take contacts, seek some, pass on what comes",
  about:
    "Only members get in, and nobody between can read: Noise, with the keys of the devices. While it runs, other " +
    "commands on this machine reach the dataset through it. It ends with Ctrl-C.",
  args: [],
  flags: {
    ...meshFlags,
    listen: {
      type: "string",
      value: "HOST:PORT",
      default: DEFAULT_LISTEN,
      summary: "Where others come to; port 0 takes one that is free, none listens nowhere",
    },
    via: {
      type: "each",
      value: "ADDRESS",
      summary: "Stay in touch with tcp://HOST:PORT or serial:PATH (default where peers were found)",
    },
    multicast: { type: "boolean", summary: "Find others in the local networks, and be found" },
    ...formFlags,
  },
  examples: [
    ["tinman mesh start --multicast", "finds all who do the same in this network"],
    ["tinman mesh start --via tcp://base.local:4242", "goes to base camp whenever it is there"],
    ["tinman mesh start --listen 127.0.0.1:0 --json", "for a program: prints the address as JSON"],
  ],
  exits: {
    ...meshExits,
    4: "the port is not allowed",
    7: "the port is taken, or another process has the dataset",
    130: "ended by Ctrl-C",
    143: "ended by SIGTERM",
  },
  json: "object",
  async run(context) {
    const { flags, io, out, settings } = context;
    const path = meshPath(context);
    const listen = flags.listen === "none" ? undefined : readListen(flags.listen ?? DEFAULT_LISTEN);
    const seek = flags.via.length > 0 ? flags.via : readPeers(path, io.mesh.machine.files);
    const ended = Promise.withResolvers<number>();
    using _signals = io.environment.onSignals?.((signal) => ended.resolve(signal === "SIGTERM" ? 143 : 130)) ??
      { [Symbol.dispose]() {} };
    await using running = await runMesh(path, context as Context, { listen, seek, multicast: flags.multicast });
    const { host, address } = running;
    await keepForm(meshHere(host), flags.form, context);
    if (settings.json) out.json({ v: 1, url: address, addresses: host.addresses });
    else out.line(address === undefined ? "running, listening nowhere" : clean(address));
    out.flush();
    return await ended.promise;
  },
});

function readListen(text: string): string {
  const found = /^(?:tcp:(?:\/\/)?)?(\[[0-9a-fA-F:.]+\]|[^\s:[\]/]+):(\d{1,5})$/.exec(text);
  if (found !== null && Number(found[2]) <= 65535) return `tcp://${found[1]}:${found[2]}`;
  throw new TinmanError("USAGE", `Cannot read --listen ${JSON.stringify(text)}: expected HOST:PORT`, {
    argument: "--listen",
    hint: "such as 0.0.0.0:4242, or 127.0.0.1:0 for any port that is free on this machine alone",
  });
}
