import { isTinmanError, TinmanError } from "../../errors/mod.ts";
import { parseAddress } from "../../link/mod.ts";
import { readPeers } from "../../mesh/mod.ts";
import { type Context, defineCommand } from "../command.ts";
import { inspectFlags, readInspectFlags } from "../inspect_flags.ts";
import { DEFAULT_BYTES_PER_SECOND, readAir } from "../mesh_air.ts";
import { MESH_PORT, wholeAddress } from "../mesh_address.ts";
import { formFlags, keepForm, meshExits, meshFlags, meshHere, meshPath } from "../mesh_open.ts";
import type { Mesh } from "../mesh_asks.ts";
import { promptMesh } from "../mesh_prompt.ts";
import { runMesh } from "../mesh_run.ts";
import { openMeshSource } from "../mesh_source.ts";
import { openInspector } from "../run_inspector.ts";
import { clean } from "../style.ts";

const DEFAULT_LISTEN = `0.0.0.0:${MESH_PORT}`;

/** `tinman mesh start` */
export const meshStart = defineCommand({
  name: "mesh start",
  summary: "Stay in touch: take contacts, seek some, pass on what comes",
  about:
    "Only members get in, and nobody between can read: Noise, with the keys of the devices. While it runs, other " +
    "commands on this machine reach the dataset through it. It obeys view, front, create, set, note and quit on its " +
    "input, and ends with Ctrl-C. On a radio (--air, serial:) nobody proves who they are: what comes is signed, but " +
    "whoever is in range hears it. Of a sealed dataset they learn its members and their names, who has written when " +
    "and how much, not what; of others everything.",
  args: [],
  flags: {
    ...meshFlags,
    listen: {
      type: "string",
      value: "HOST:PORT",
      default: DEFAULT_LISTEN,
      summary: "Where others come to; port 0 takes one that is free, ws://HOST:PORT/PATH takes WebSockets, " +
        "none listens nowhere",
    },
    via: {
      type: "each",
      value: "ADDRESS",
      summary:
        "Stay in touch with tcp://HOST:PORT, ws://HOST:PORT/PATH or serial:PATH (default where peers were found)",
    },
    create: { type: "tuple", value: "ID FORM", summary: "Begin a record first, if there is none; may be given again" },
    set: { type: "tuple", value: "ID FIELD VALUE", summary: "Then set a field, unless it is so; may be given again" },
    note: { type: "tuple", value: "ID TEXT", summary: "Then add a note; may be given again" },
    multicast: { type: "boolean", summary: "Find others in the local networks, and be found" },
    air: {
      type: "string",
      value: "ADDRESS",
      summary: "Share a radio channel with all in range, such as serial:/dev/ttyUSB0?baud=9600 with a KISS TNC",
    },
    "bytes-per-second": {
      type: "number",
      value: "N",
      default: `${DEFAULT_BYTES_PER_SECOND}`,
      summary: "Most that --air sends, averaged over a minute; bands have laws",
    },
    "packet-bytes": {
      type: "number",
      value: "N",
      default: "500",
      summary: "Longest packet that the radio takes, without the four bytes of a checksum",
    },
    "open-air": { type: "boolean", summary: "Use --air also when the dataset is not sealed: anybody may read it" },
    original: {
      type: "each",
      value: "ADDRESS",
      summary:
        "Gossip with nodes of the Python original at tcp://HOST:PORT, or wait for them at listen:HOST:PORT; there, " +
        "a Transport that frames messages by their length is needed, as it comes with Reticulum alone",
    },
    ...inspectFlags,
    ...formFlags,
  },
  examples: [
    ["tinman mesh start --multicast", "finds all who do the same in this network"],
    ["tinman mesh start --via tcp://base.local:4242", "goes to base camp whenever it is there"],
    ["tinman mesh start --listen none --air serial:/dev/ttyUSB0", "all on the channel hear what one says"],
    ["tinman mesh start --create R-1 site --set R-1 status OPEN", "writes, then stays"],
    ["tinman mesh start --listen 127.0.0.1:0 --json", "for a program: prints the address as JSON"],
  ],
  exits: {
    ...meshExits,
    4: "the port is not allowed, or --air would show what is not sealed",
    7: "the port is taken, or another process has the dataset",
    130: "ended by Ctrl-C",
    143: "ended by SIGTERM",
  },
  json: "object",
  async run(context) {
    const { flags, io, out, settings } = context;
    const path = meshPath(context);
    const listen = flags.listen === "none" ? undefined : readListen(flags.listen ?? DEFAULT_LISTEN);
    const via = flags.via.map(wholeAddress);
    for (const address of via) checkPeer("--via", address, ["tcp", "ws", "wss", "serial"]);
    for (const address of flags.original) checkPeer("--original", address, ["tcp", "serial", "listen"]);
    const seek = via.length > 0 ? via : readPeers(path, io.mesh.machine.files);
    const air = readAir(flags);
    if (air !== undefined && flags.via.includes(air.address)) {
      throw new TinmanError("USAGE", `Cannot use ${air.address} for --air and --via`, {
        argument: "--air",
        hint: "a port is for all on the channel, or for one peer",
      });
    }
    const wish = readInspectFlags(flags);
    const ended = Promise.withResolvers<number>();
    using _signals = io.environment.onSignals?.((signal) => ended.resolve(signal === "SIGTERM" ? 143 : 130)) ??
      { [Symbol.dispose]() {} };
    await using running = await runMesh(path, context as Context, {
      listen,
      seek,
      multicast: flags.multicast,
      original: flags.original,
      air: air && { ...air, isOpen: flags["open-air"] },
    });
    const { host, address } = running;
    const mesh = meshHere(host);
    await using inspecting = new AsyncDisposableStack();
    if (wish !== undefined) {
      const { name } = host.replica.info;
      const source = openMeshSource(mesh, { name, clock: io.environment.clock, isRunning: true });
      inspecting.use(await openInspector(context as Context, { sources: [source], ...wish }));
    }
    await keepForm(mesh, flags.form, context);
    await writeFirst(mesh, flags);
    if (settings.json) out.json({ v: 1, url: address, addresses: host.addresses });
    else out.line(address === undefined ? "running, listening nowhere" : clean(address));
    out.flush();
    const quit = new AbortController();
    // Whoever closes its input, as a service does, wants it to stay.
    const prompt = promptMesh(mesh, context as Context, quit.signal).then((wantsToQuit) => {
      if (wantsToQuit) ended.resolve(0);
    }).catch((error) => ended.reject(error));
    try {
      return await ended.promise;
    } finally {
      quit.abort();
      await prompt;
    }
  },
});

interface FirstWrites {
  readonly create: readonly (readonly string[])[];
  readonly set: readonly (readonly string[])[];
  readonly note: readonly (readonly string[])[];
}

/** What the original's command line says to write, in its order. */
async function writeFirst(mesh: Mesh, { create, set, note }: FirstWrites): Promise<void> {
  for (const [record, form] of create) {
    const ask = mesh.ask("create", { record: record!, form: form!, values: [] });
    await ask.catch((error) => {
      if (!isTinmanError(error, "EXISTS")) throw error;
    });
  }
  for (const [record, field, text] of set) {
    const values = [{ field: field!, text: text! }];
    await mesh.ask("set", { record: record!, values, force: false, onlyNew: true });
  }
  for (const [record, text] of note) await mesh.ask("note", { record: record!, text: text! });
}

function readListen(text: string): string {
  const found = /^(?:tcp:(?:\/\/)?|(ws):\/\/)?(\[[0-9a-fA-F:.]+\]|[^\s:[\]/]+):(\d{1,5})(\/\S*)?$/.exec(text);
  const [, scheme = "tcp", host, port, path = ""] = found ?? [];
  if (found !== null && Number(port) <= 65535 && (scheme === "ws" || path === "")) {
    return `${scheme}://${host}:${port}${path}`;
  }
  throw new TinmanError("USAGE", `Cannot read --listen ${JSON.stringify(text)}: expected HOST:PORT`, {
    argument: "--listen",
    hint:
      "such as 0.0.0.0:4242, 127.0.0.1:0 for any port that is free on this machine alone, or ws://0.0.0.0:8080/mesh",
  });
}

/** An address that can never be met is said at once, and not when somebody wonders why nothing comes. */
function checkPeer(flag: string, address: string, schemes: readonly string[]): void {
  const { scheme, host, port } = parseAddress(address.replace(/^listen:(?!\/\/)/, "listen://"));
  const isWhole = scheme === "serial" || (host !== undefined && (port !== undefined || scheme.startsWith("ws")));
  if (schemes.includes(scheme) && isWhole) return;
  const expected = schemes.map((each) => each === "serial" ? "serial:PATH" : `${each}://HOST:PORT`).join(", ");
  throw new TinmanError("USAGE", `Cannot read ${flag} ${JSON.stringify(address)}: expected ${expected}`, {
    argument: flag,
    hint: scheme === "dir" ? `a folder is met now and then: tinman mesh sync --via ${address}` : undefined,
  });
}
