// Goal: the first minutes of a new user. Method: each step by a real process, in a folder of its own, without a network.
import assert from "node:assert/strict";
import { temporaryFolder, tinman } from "./processes.ts";

Deno.test("tinman init makes a project that checks, runs, records, replays and verifies", async () => {
  using folder = temporaryFolder();
  assert.equal((await tinman(["init", "demo"], { cwd: folder.path })).code, 0);
  const cwd = `${folder.path}/demo`;
  const checked = await tinman(["check", "nodes.ts"], { cwd });
  assert.equal(checked.code, 0, checked.stderr);

  const recorded = await tinman(["run", "nodes.ts", "--record", "--duration", "1s", "--json"], { cwd });
  assert.equal(recorded.code, 0, recorded.stderr);
  const report = JSON.parse(recorded.stdout);
  assert.ok(
    report.recording.startsWith(`${Deno.realPathSync(cwd)}/recordings/`) ||
      report.recording.includes("/demo/recordings/"),
  );
  const counts = report.channels.filter(({ name }: { name: string }) => name !== "logs").map((
    each: { count: number },
  ) => each.count);
  assert.equal(counts.length, 3);
  assert.ok(counts.every((count: number) => count > 10), `${counts}`);

  const same = await tinman(["replay", "latest", "nodes.ts", "--verify"], { cwd });
  assert.equal(same.code, 0, same.stdout + same.stderr);

  const nodes = Deno.readTextFileSync(`${cwd}/nodes.ts`);
  assert.ok(nodes.includes('"stop" : near'));
  Deno.writeTextFileSync(`${cwd}/nodes.ts`, nodes.replace('metres < 1 ? "stop"', 'metres < 100 ? "stop"'));
  const changed = await tinman(["replay", "latest", "nodes.ts", "--verify"], { cwd });
  assert.equal(changed.code, 6, changed.stdout + changed.stderr);
  assert.match(changed.stdout, /first difference: channel "plan", frame 0/);
});

Deno.test("the tasks of a new project run, and its types are right for deno and its editors", async () => {
  using folder = temporaryFolder();
  await tinman(["init", "demo"], { cwd: folder.path });
  // An executable is on the PATH under this name.
  const executable = Deno.env.get("TINMAN_BIN");
  if (executable !== undefined) Deno.symlinkSync(executable, `${folder.path}/tinman`);
  const cwd = `${folder.path}/demo`;
  const PATH = `${folder.path}:${Deno.env.get("PATH")}`;
  const deno = (...args: string[]) =>
    new Deno.Command(Deno.execPath(), { args, cwd, env: { NO_COLOR: "1", PATH } }).output();
  const dev = await deno("task", "--quiet", "dev", "--duration", "200ms", "--stats");
  assert.equal(dev.code, 0, new TextDecoder().decode(dev.stderr));
  assert.match(new TextDecoder().decode(dev.stdout), /^distance /m);

  assert.equal((await deno("task", "--quiet", "record", "--duration", "200ms")).code, 0);
  const inspected = await deno("task", "--quiet", "inspect");
  assert.match(new TextDecoder().decode(inspected.stdout), /^whole +yes$/m);

  const checked = await deno("check", "nodes.ts");
  assert.equal(checked.code, 0, new TextDecoder().decode(checked.stderr));
  const nodes = Deno.readTextFileSync(`${cwd}/nodes.ts`);
  Deno.writeTextFileSync(`${cwd}/wrong.ts`, nodes.replace("distance.publish(", 'distance.publish("far" + '));
  const wrong = await deno("check", "wrong.ts");
  assert.match(new TextDecoder().decode(wrong.stderr), /TS2345.*string.*number/s);
  // What has no types is of type any, and could be assigned.
  const values = { "": "channel", "/codec": "CodecRegistry", "/codecs": "msgpack", "/log": "openRecording" };
  const lines = Object.entries(values).map(([name, value]) =>
    `import { ${value} } from "tinman${name}";\n// @ts-expect-error\nexport const ${value}2: symbol = ${value};\n`
  );
  Deno.writeTextFileSync(`${cwd}/typed.ts`, lines.join(""));
  const typed = await deno("check", "typed.ts");
  assert.equal(typed.code, 0, new TextDecoder().decode(typed.stderr));
});
