// Goal: the serial plugin reads and writes real terminals. Method: two pseudo terminals that socat connects; the kernel's
// side of them is the same as that of a port on USB, but for speed and parity, which `settings_test.ts` looks at.
import assert from "node:assert/strict";
import serial from "../../plugins/serial/mod.ts";
import type { Link } from "tinman/plugin";
import { serialTransport } from "../../src/platform/mod.ts";
import { testLink } from "../../src/testing/mod.ts";
import { startNode } from "./_node.ts";
import { hasProgram, openPtys } from "./_pty.ts";

const ignore = Deno.build.os !== "linux" || !hasProgram("socat");
const transport = serialTransport;
const { open } = serialTransport;
const encode = (text: string) => new TextEncoder().encode(text);
const socatTest = (name: string, fn: () => void | Promise<void>) => Deno.test({ name, ignore, fn });

testLink({
  name: "serial",
  test: socatTest,
  tellsEnd: false,
  breaks: true,
  open: async () => {
    const ptys = await openPtys();
    const [a, b] = await Promise.all([open(`serial:${ptys.a}?baud=115200`), open(`serial:${ptys.b}?baud=115200`)]);
    return { a, b, break: () => ptys.unplug(), [Symbol.asyncDispose]: () => ptys[Symbol.asyncDispose]() };
  },
});

socatTest("serial: every byte passes in both directions, also those that terminals act upon", async () => {
  await using ptys = await openPtys();
  await using a = await open(`serial:${ptys.a}`);
  await using b = await open(`serial:${ptys.b}`);
  const every = Uint8Array.from({ length: 20_000 }, (_, i) => i * 7);
  await Promise.all([[a, b], [b, a]].map(async ([from, to]) => {
    const [got] = await Promise.all([take(to!, every.length), from!.send(every)]);
    assert.deepEqual(got, every);
  }));
});

socatTest("serial: a port that was closed and is opened again loses nothing of what comes then", async () => {
  await using ptys = await openPtys();
  await using b = await open(`serial:${ptys.b}`);
  for (let round = 0; round < 3; round++) {
    await using a = await open(`serial:${ptys.a}`);
    const waiting = Array.fromAsync(a.incoming);
    await a.close();
    await waiting;
    await using again = await open(`serial:${ptys.a}`);
    await b.send(encode("0123456789"));
    assert.equal(new TextDecoder().decode(await take(again, 10)), "0123456789");
  }
});

socatTest("serial: the speed is set as asked", async () => {
  await using ptys = await openPtys();
  await using _ = await open(`serial:${ptys.a}?baud=4800`);
  const { stdout } = await new Deno.Command("stty", { args: ["-F", ptys.a, "-a"] }).output();
  const said = new TextDecoder().decode(stdout);
  assert.match(said, /speed 4800 baud/);
  for (const flag of ["-icanon", "-echo", "-isig", "-opost", "-ixon", "clocal", "cs8", "-hupcl"]) {
    assert.ok(said.includes(flag), `${flag} in ${said}`);
  }
});

socatTest("serial: a port that is not there, is no device, or cannot go so fast is refused by name", async () => {
  await assert.rejects(open("serial:/dev/ttyUSB99"), { code: "UNAVAILABLE", message: /Cannot open \/dev\/ttyUSB99/ });
  const file = await Deno.makeTempFile();
  await assert.rejects(open(`serial:${file}`), { code: "CONFIG", message: /it is not a device/ });
  assert.equal((await Deno.stat(file)).size, 0);
  await Deno.remove(file);
  await using ptys = await openPtys();
  await assert.rejects(open(`serial:${ptys.a}?baud=12345`), { code: "CONFIG", message: /Cannot set up .*12345/ });
});

socatTest("serial lines: reads and writes lines, and reads on when the device comes back", async () => {
  const folder = await Deno.makeTempDir({ prefix: "tinman-pty-" });
  const config = { port: `${folder}/a`, baud: 4800 };
  {
    await using node = startNode(serial, "lines", { transport, config, inputs: ["send"], outputs: ["lines"] });
    assert.match(await node.said(/trying again/), /is not there/);
    for (const round of [0, 1]) {
      await using ptys = await openPtys(folder);
      await using device = await open(`serial:${ptys.b}`);
      // What is told before the port is open again waits for it.
      node.send("send", `hello ${round}`);
      assert.equal(new TextDecoder().decode(await take(device, 9)), `hello ${round}\r\n`);
      await device.send(encode(`fix ${round}\r\nunfinis`));
      assert.deepEqual((await node.until("lines", round + 1)).at(-1), `fix ${round}`);
    }
  }
  await Deno.remove(folder, { recursive: true });
});

socatTest("serial bytes: ends with UNAVAILABLE where it may not open again, and with its input", async () => {
  await using ptys = await openPtys();
  await using device = await open(`serial:${ptys.b}`);
  const config = { port: ptys.a, reconnect: false };
  await using writer = startNode(serial, "bytes", { transport, config, inputs: ["send"], outputs: ["bytes"] });
  writer.send("send", encode("to the "), encode("device"));
  writer.end("send");
  await writer.done;
  assert.equal(new TextDecoder().decode(await take(device, 13)), "to the device");
  await using wrong = startNode(serial, "bytes", { transport, config, inputs: ["send"] });
  wrong.send("send", "text");
  await assert.rejects(wrong.done, { code: "CODEC", message: /the message is string, not bytes/ });
  await using reader = startNode(serial, "bytes", { transport, config, outputs: ["bytes"] });
  await reader.said(/Opened/);
  await ptys.unplug();
  await assert.rejects(reader.done, { code: "UNAVAILABLE", message: /the device is gone/ });
});

socatTest("serial: a port does not become the terminal of a service that opens it", async () => {
  await using ptys = await openPtys();
  const script = `
    import { serialTransport } from ${JSON.stringify(import.meta.resolve("../../src/platform/mod.ts"))};
    await using _ = await serialTransport.open("serial:${ptys.a}");
    console.log(Deno.readTextFileSync("/proc/self/stat").split(") ")[1].split(" ")[4]);`;
  // Like a service of systemd: first in its session, and without a terminal.
  const child = new Deno.Command("setsid", {
    args: ["-w", Deno.execPath(), "eval", "--no-check", script],
    stdin: "null",
  });
  assert.equal(new TextDecoder().decode((await child.output()).stdout).trim(), "0");
});

async function take(link: Link, count: number): Promise<Uint8Array> {
  const bytes: number[] = [];
  for await (const piece of link.incoming) {
    bytes.push(...piece);
    if (bytes.length >= count) break;
  }
  return Uint8Array.from(bytes);
}
