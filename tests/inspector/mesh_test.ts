// Goal: somebody sees who is there, who lacks what of whom, what was written apart, and takes a value back. Method: two devices
// as processes that write apart from each other and meet, looked at in a real browser; pictures are kept in screenshots/.
import assert from "node:assert/strict";
import { temporaryFolder, tinman } from "../cli/processes.ts";
import { inBrowser, keepPicture, openBrowser, openPage } from "./_browser.ts";
import { hasProgram, openPtys } from "../plugins_first_party/_pty.ts";
import { type Inspected, start } from "./_inspected.ts";

async function run(folder: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await tinman(["mesh", ...args], { cwd: folder });
  assert.ok(code === 0 || code === 6, `${args.join(" ")}: ${stderr}`);
  return stdout.trim();
}

/** Two devices that have met once, and have then written the same field apart. */
async function twoDevices(folder: string): Promise<void> {
  await run(folder, "init", "wells", "-D", "anna", "--as", "Anna");
  const invitation = await run(folder, "invite", "-D", "anna");
  await run(folder, "join", invitation.split("\n")[0]!, "-D", "ben", "--as", "Ben");
  const wells = Array.from({ length: 5 }, (_, i) => ({ _id: `W-${i + 1}`, status: "OPEN", depth: 10 * (i + 1) }));
  const odd = { _id: "W-odd", remark: '<img src=x onerror="globalThis.pwned=1">\u001b[31m' };
  Deno.writeTextFileSync(`${folder}/wells.json`, JSON.stringify([...wells, odd]));
  await run(folder, "import", "wells.json", "--form", "well", "-D", "anna");
  await run(folder, "note", "W-1", "pump is inBrowser", "-D", "anna");
  await run(folder, "pack", "all.tmesh", "-D", "anna");
  await run(folder, "unpack", "all.tmesh", "-D", "ben");
  await run(folder, "set", "W-1", "status", "CLOSED", "-D", "ben");
  await run(folder, "set", "W-1", "status", "BROKEN", "-D", "anna");
}

/** Waits until a process that shows an inspector has printed where it listens for peers. */
async function addressOf(started: Inspected): Promise<string> {
  for (;;) {
    const found = /^tcp:\/\/127\.0\.0\.1:\d+$/m.exec(started.said());
    if (found !== null) return found[0];
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

Deno.test({
  name: "two devices meet: the page shows the peer, the conflict, and a way back to what was lost",
  ...inBrowser,
  async fn() {
    using folder = temporaryFolder();
    await twoDevices(folder.path);
    await using browser = await openBrowser();
    await using anna = await start(
      ["mesh", "start", "-D", "anna", "--listen", "127.0.0.1:0", "--inspect"],
      folder.path,
    );
    const { origin } = new URL(anna.url);
    const { page, problems } = await openPage(browser, origin);
    await page.goto(anna.url);
    await page.waitForSelector("tr:has-text('W-5')");
    assert.equal(await page.evaluate("globalThis.pwned"), undefined, "a value became code");
    await page.click("button:has-text('Peers and feeds')");
    await page.waitForSelector("text=nobody was met yet");

    const address = await addressOf(anna);
    await using _ben = await start(
      ["mesh", "start", "-D", "ben", "--listen", "none", "--via", address, "--inspect"],
      folder.path,
    );
    await page.waitForSelector("table[aria-label=peers] td:has-text('here')", { timeout: 10_000 });
    await page.waitForSelector("table[aria-label^=feeds] td:has-text('the same')");
    await keepPicture(page, "mesh-peers-light");

    // Who looks into the folder meanwhile is told by the process that has it.
    {
      await using look = await start(["inspect", "anna", "--no-open"], folder.path);
      const headers = { authorization: `Bearer ${look.token}` };
      const asked = Array.from({ length: 5 }, () => fetch(new URL("/api/sources/1/mesh", look.url), { headers }));
      const records = await (await fetch(new URL("/api/sources/1/mesh/records", look.url), { headers })).json();
      const [state] = await Promise.all(asked.map(async (each) => (await each).json()));
      assert.deepEqual([state.isRunning, state.peers.length, records.records.length], [true, 1, 6]);
    }
    await page.keyboard.press("2");
    await page.click("table[aria-label=conflicts] tr:has-text('BROKEN')");
    await page.waitForSelector("aside.record .conflict:has-text('CLOSED')");
    await keepPicture(page, "mesh-conflict-light");
    await page.click("button[aria-label='take CLOSED for status'], button[aria-label='take BROKEN for status']");
    await page.waitForSelector("aside.record .conflict", { state: "detached" });
    await page.click(".history li:has-text('OPEN') button:has-text('Restore')");
    await page.waitForSelector(".line:has-text('status'):has-text('OPEN')");
    assert.match(anna.said(), /inspector: "W-1": "status" was settled by choice 2/);
    assert.match(anna.said(), /inspector: "W-1": what [0-9a-f]{8} wrote in event \d+ was restored/);
    await keepPicture(page, "mesh-record-light");

    await page.keyboard.press("Escape");
    await page.fill("input[type=search]", "depth>30");
    await page.keyboard.press("Enter");
    await page.waitForSelector("text=2 that match");
    assert.match(page.url(), /filter=depth%3E30/);
    assert.deepEqual(problems, []);

    for (
      const [theme, size] of [["dark", { width: 1280, height: 800 }], ["light", { width: 1024, height: 600 }]] as const
    ) {
      const watched = await openPage(browser, origin, { theme, size });
      await watched.page.goto(anna.url);
      await watched.page.waitForSelector("tr:has-text('W-5')");
      for (
        const [name, path, shows] of [
          ["record", "/mesh?record=W-odd", ".line:has-text('<img')"],
          ["peers", "/mesh?as=peers", "td:has-text('the same')"],
          ["conflicts", "/mesh?as=conflicts", "text=all agree"],
        ] as const
      ) {
        await watched.page.goto(origin + path);
        await watched.page.waitForSelector(shows);
        const overflow = await watched.page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
        assert.ok(overflow <= 0, `${path} is ${overflow} px too wide`);
        await keepPicture(watched.page, `mesh-${name}-${theme === "dark" ? "dark" : "small"}`);
      }
      assert.equal(await watched.page.locator("main img").count(), 0, "a value became an element");
      assert.deepEqual(watched.problems, []);
    }
  },
});

Deno.test({
  name: "a dataset is looked into in its folder, and other commands still reach it; read-only changes nothing",
  ...inBrowser,
  async fn() {
    using folder = temporaryFolder();
    await twoDevices(folder.path);
    await using look = await start(["inspect", "anna", "--no-open", "--read-only"], folder.path);
    await run(folder.path, "set", "W-2", "status", "DRY", "-D", "anna");
    await using browser = await openBrowser();
    const { origin } = new URL(look.url);
    const { page, problems } = await openPage(browser, origin);
    await page.goto(look.url);
    await page.waitForSelector("tr:has-text('DRY')");
    await page.waitForSelector("text=not running: tinman mesh start");
    await page.click("tr:has-text('W-2')");
    await page.waitForSelector(".history li:has-text('DRY')");
    assert.equal(await page.locator("text=Restore").count(), 0);
    await run(folder.path, "set", "W-2", "status", "FLOWING", "-D", "anna");
    await page.waitForSelector(".history li:has-text('FLOWING')");
    assert.deepEqual(problems, []);
    const headers = { authorization: `Bearer ${look.token}` };
    const body = JSON.stringify({ record: "W-2", device: "x", seq: 1 });
    const response = await fetch(`${origin}/api/sources/1/mesh/restore`, { method: "POST", headers, body });
    assert.equal(response.status, 403);
    await response.body?.cancel();
  },
});

Deno.test({
  name: "a peer that has left stays on the page with what it lacks, also when nothing runs any more",
  ...inBrowser,
  async fn() {
    using folder = temporaryFolder();
    await twoDevices(folder.path);
    await using browser = await openBrowser();
    const away = "table[aria-label=peers] tr:has-text('Ben'):has-text('away')";
    const lacks = `${away} td[title^='what it is not known to have']`;
    {
      await using anna = await start(
        ["mesh", "start", "-D", "anna", "--listen", "127.0.0.1:0", "--inspect"],
        folder.path,
      );
      await run(folder.path, "sync", "-D", "ben", "--via", await addressOf(anna));
      const { page, problems } = await openPage(browser, new URL(anna.url).origin);
      await page.goto(anna.url);
      await page.click("button:has-text('Peers and feeds')");
      await page.waitForSelector(`${lacks}:text-is('0')`);
      await run(folder.path, "set", "W-1", "status", "DRY", "-D", "anna");
      await page.waitForSelector(`${lacks}:text-is('1')`);
      assert.deepEqual(problems, []);
    }
    await using look = await start(["inspect", "anna", "--no-open"], folder.path);
    const { page, problems } = await openPage(browser, new URL(look.url).origin);
    await page.goto(look.url);
    await page.waitForSelector("text=not running: tinman mesh start");
    await page.click("button:has-text('Peers and feeds')");
    await page.waitForSelector(`${lacks}:text-is('1')`);
    await page.waitForSelector("table[aria-label^=feeds] td:has-text('−1')");
    await keepPicture(page, "mesh-away-light");
    assert.deepEqual(problems, []);
  },
});

Deno.test({
  name: "a radio channel that is shared is on the page, with what was heard there of whom",
  ...inBrowser,
  // Ports that are connected need socat.
  ignore: inBrowser.ignore || !hasProgram("socat"),
  async fn() {
    using folder = temporaryFolder();
    await twoDevices(folder.path);
    await using ports = await openPtys();
    const air = (data: string, port: string) =>
      start(
        ["mesh", "start", "-D", data, "--listen", "none", "--air", `serial:${port}`, "--open-air", "--inspect"],
        folder.path,
      );
    await using anna = await air("anna", ports.a);
    await using browser = await openBrowser();
    const { page, problems } = await openPage(browser, new URL(anna.url).origin);
    await page.goto(anna.url);
    await page.click("button:has-text('Peers and feeds')");
    await page.waitForSelector("section[aria-label=air]:has-text('is held since'):has-text('nothing of this dataset')");
    await using _ben = await air("ben", ports.b);
    await page.waitForSelector("table[aria-label='spoken of on the air'] td:has-text('Ben')", { timeout: 30_000 });
    await keepPicture(page, "mesh-air-light");
    assert.deepEqual(problems, []);
  },
});

Deno.test({
  name: "a device that was copied and went on twice: the page says whose, shows both histories, and what to do",
  ...inBrowser,
  async fn() {
    using folder = temporaryFolder();
    await twoDevices(folder.path);
    const files = [...Deno.readDirSync(`${folder.path}/ben`)].filter(({ isFile }) => isFile);
    Deno.mkdirSync(`${folder.path}/copy`);
    for (const { name } of files) Deno.copyFileSync(`${folder.path}/ben/${name}`, `${folder.path}/copy/${name}`);
    for (const [device, status] of [["ben", "DRY"], ["copy", "FLOWING"]] as const) {
      await run(folder.path, "set", "W-2", "status", status, "-D", device);
      await run(folder.path, "pack", `${device}.tmesh`, "-D", device);
      await run(folder.path, "unpack", `${device}.tmesh`, "-D", "anna");
    }
    await using browser = await openBrowser();
    await using anna = await start(["mesh", "start", "-D", "anna", "--listen", "none", "--inspect"], folder.path);
    const { page, problems } = await openPage(browser, new URL(anna.url).origin);
    await page.goto(anna.url);
    await page.waitForSelector("text=Ben has written two histories from event 3 on");
    await page.click("button:has-text('Peers and feeds')");
    await page.waitForSelector("table[aria-label^=feeds] td:has-text('forked')");
    const forked = await page.locator("table[aria-label^=feeds] td:has-text('forked')").allTextContents();
    assert.match(forked.toSorted().join(), /^([0-9a-f]{8}) forked,\1~[0-9a-f]{4} forked$/);
    await keepPicture(page, "mesh-fork-light");
    await page.keyboard.press("2");
    await page.click("table[aria-label=conflicts] tr:has-text('W-2')");
    for (const value of ["DRY", "FLOWING"]) await page.waitForSelector(`aside.record:has-text('${value}')`);
    assert.deepEqual(problems, []);
  },
});
