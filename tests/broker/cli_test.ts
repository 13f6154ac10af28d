import assert from "node:assert/strict";
import { startWords, tinman } from "../cli/processes.ts";
import { certificate } from "./_certificate.ts";
import { startBrokerProcess } from "./_broker.ts";

const here = { cwd: Deno.cwd() };

Deno.test("the command line makes topics, produces, consumes, and says how far groups are", async () => {
  await using broker = await startBrokerProcess();
  const env = { TINMAN_BOOTSTRAP: broker.bootstrap };
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await tinman(["broker", ...args], { ...here, env });
    assert.equal(code, 0, `${args.join(" ")}: ${stderr}`);
    return stdout;
  };
  const produce = async (input: string, ...args: string[]) => {
    const [command, ...words] = startWords();
    const child = new Deno.Command(command!, {
      args: [...words, "broker", "produce", ...args],
      env: { NO_COLOR: "1", ...env },
      stdin: "piped",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(input));
    await writer.close();
    return new TextDecoder().decode((await child.output()).stderr);
  };
  // A count that is reached in the middle of several partitions: the group goes on behind what was shown.
  await run("create", "many", "-p", "3");
  const all = Array.from({ length: 90 }, (_, i) => `n${i}\n`);
  await produce(all.join(""), "many");
  const parts = [
    await run("consume", "many", "-G", "h", "-c", "25"),
    await run("consume", "many", "-G", "h", "-c", "30"),
  ];
  assert.deepEqual(parts.map((part) => part.split("\n").length - 1), [25, 30]);
  const rest = await run("consume", "many", "-G", "h");
  assert.deepEqual([...parts, rest].join("").split("\n").slice(0, -1).sort(), all.map((line) => line.trim()).sort());
  await run("delete", "many");
  await run("create", "t", "-p", "2", "--set", "cleanup.policy=compact");
  assert.match(await produce("a:1\nb:2\nlast:", "t", "-K", ":", "-Z", "-p", "1", "-H", "x=y"), /3 records to t/);
  assert.equal(
    await run("consume", "t", "-f", "%p %o %k=%s(%S) %h\\n"),
    "1 0 a=1(1) x=y\n1 1 b=2(1) x=y\n1 2 last=(-1) x=y\n",
  );
  assert.equal(await run("consume", "t", "-o", "-1", "-f", "%k"), "last");
  assert.equal(await run("consume", "t", "-G", "g", "-f", "%k "), "a b last ");
  await produce("c:3\n", "t", "-K", ":", "-p", "1");
  const lag = JSON.parse(await run("lag", "g", "--json"));
  assert.deepEqual([lag.total, lag.partitions.at(-1).offset], [1, 3]);
  assert.equal(await run("consume", "t", "-G", "g", "-f", "%k "), "c ");
  for (const [to, at] of [["-1", 3], ["earliest", 0], ["1", 1]] as const) {
    const { partitions } = JSON.parse(await run("reset-offsets", "g", "t", "-p", "1", "--json", "--to", to));
    assert.equal(partitions[0].offset, at, to);
  }
  assert.equal(JSON.parse(await run("lag", "g", "--json")).total, 3);
  const described = JSON.parse(await run("describe", "t", "--json"));
  assert.deepEqual(described.partitions, [
    { partition: 0, earliest: 0, latest: 0 },
    { partition: 1, earliest: 0, latest: 4 },
  ]);
  assert.match(await run("describe", "t"), /cleanup\.policy +compact/);
  assert.match(await run("groups"), /^g +Empty/m);
  await run("delete", "t");
  assert.deepEqual(JSON.parse(await run("topics", "--json")), { v: 1, topics: [] });
  const missing = await tinman(["broker", "consume", "t"], { ...here, env });
  assert.deepEqual([missing.code, /it is not there/.test(missing.stderr)], [3, true]);
});

Deno.test("the command line changes settings of topics, and what a broker takes for nonsense is an error of usage", async () => {
  await using broker = await startBrokerProcess(["--group-session", "9000", "--max-transaction", "3600000"]);
  const env = { TINMAN_BOOTSTRAP: broker.bootstrap };
  const run = (...args: string[]) => tinman(["broker", ...args], { ...here, env });
  assert.equal((await run("create", "t")).code, 0);
  const wrong = [["create", "u", "-p", "0"], ["topics", "-b", "a b"], ["configure", "t", "--set", "retention.ms=soon"]];
  wrong.push(["reset-offsets", "g", "t", "--to", "noon"], ["consume", "t", "-o", "noon"]);
  for (const args of wrong) {
    const { code, stderr } = await run(...args);
    assert.deepEqual([code, /^error\[E/.test(stderr)], [2, true], `${args.join(" ")}: ${stderr}`);
  }
  assert.equal((await run("configure", "gone", "--set", "retention.ms=1")).code, 3);
  await run("configure", "t", "--set", "retention.ms=777", "--set", "segment.ms=888");
  assert.match((await run("describe", "t")).stdout, /retention\.ms +777\nsegment\.ms +888/);
  await run("configure", "t", "--unset", "retention.ms");
  assert.doesNotMatch((await run("describe", "t")).stdout, /retention\.ms/);
});

Deno.test("broker start --advertise is what clients are told to connect to", async () => {
  await using broker = await startBrokerProcess(["--advertise", "localhost:0"]);
  const [host, port] = broker.bootstrap.split(":");
  assert.equal(host, "localhost");
  const { stdout } = await tinman(["broker", "status", "--json", "-b", `127.0.0.1:${port}`], here);
  assert.deepEqual(JSON.parse(stdout).brokers, [{ id: 1, host: "localhost", port: Number(port) }]);
});

Deno.test("broker start ends politely by a signal, and says that a port is taken", async () => {
  await using broker = await startBrokerProcess();
  const taken = await tinman(["broker", "start", "--listen", broker.bootstrap], here);
  assert.equal(taken.code, 7);
  assert.match(taken.stderr, /another program listens there/);
  assert.equal(await broker.end("SIGINT"), 130);
});

Deno.test("the command line logs in over TLS, and says why it could not", async () => {
  const cwd = await Deno.makeTempDir();
  try {
    const file = (name: string, text: string) => Deno.writeTextFile(`${cwd}/${name}`, text);
    await file("users.json", JSON.stringify({ me: "secret" }));
    await file("cert.pem", certificate.cert);
    await file("key.pem", certificate.key);
    const files = [`${cwd}/users.json`, "--cert", `${cwd}/cert.pem`, "--key", `${cwd}/key.pem`];
    await using broker = await startBrokerProcess(["--users", ...files]);
    const topics = (env: Record<string, string>, ...args: string[]) =>
      tinman(["broker", "topics", "--json", "-b", broker.bootstrap, "--user", "me", "--ca", "cert.pem", ...args], {
        cwd,
        env,
      });
    assert.deepEqual(JSON.parse((await topics({ TINMAN_PASSWORD: "secret" })).stdout), { v: 1, topics: [] });
    const wrong = await topics({ TINMAN_PASSWORD: "wrong" });
    assert.deepEqual([wrong.code, /Authentication failed/.test(wrong.stderr)], [4, true]);
    const none = await topics({});
    assert.deepEqual([none.code, /TINMAN_PASSWORD/.test(none.stderr)], [2, true]);
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
});
