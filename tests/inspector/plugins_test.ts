// Goal: somebody sees what plugins may do and what they came to use, and takes something back. Method: a project with a plugin
// that was added, granted and run, looked at in a real browser; pictures are kept in screenshots/ for people to look at.
import assert from "node:assert/strict";
import { temporaryFolder, tinman } from "../cli/processes.ts";
import { inBrowser, keepPicture, openBrowser, openPage } from "./_browser.ts";
import { type Inspected, start } from "./_inspected.ts";

const id = "org.example.smooth";

const NODES = `import { channel, node, pluginNode } from "tinman";
const [numbers, smooth] = [channel("numbers"), channel("smooth")];
export default [
  node({ name: "source", out: { numbers } }, async ({ numbers, clock }) => {
    let i = 0;
    for await (const _ of clock.every(20)) await numbers.publish(i++);
  }),
  pluginNode("${id}", "smooth", { in: { numbers }, out: { smooth } }),
  node({ name: "sink", in: { smooth } }, { smooth() {} }),
];
`;

/** How many values went through a channel so far. */
async function countOf(channel: string, { url, token }: Inspected): Promise<number> {
  const answer = await fetch(new URL("/metrics", url), { headers: { authorization: `Bearer ${token}` } });
  const [, count] =
    new RegExp(`^tinman_channel_\\S*\\{channel="${channel}"\\} (\\d+)`, "m").exec(await answer.text()) ?? [];
  return Number(count);
}

Deno.test({
  name:
    "a plugin is shown with what it asks for, was granted and used; it is restarted, and a grant is taken back on the page",
  ...inBrowser,
  async fn() {
    using folder = temporaryFolder();
    await tinman(["init", "demo"], { cwd: folder.path });
    const cwd = `${folder.path}/demo`;
    const run = async (...args: string[]) => {
      const { code, stderr } = await tinman(["plugin", ...args], { cwd });
      assert.equal(code, 0, stderr);
    };
    await run("new", "smooth");
    const manifest = `${cwd}/smooth/plugin.jsonc`;
    const asks = '[{ "name": "clock", "why": "<img src=x> stamp each number" }, ' +
      '{ "name": "net", "allow": ["127.0.0.1:10110"], "why": "ask a base station", "optional": true }]\n}';
    Deno.writeTextFileSync(manifest, Deno.readTextFileSync(manifest).replace("[]\n}", asks));
    Deno.writeTextFileSync(`${cwd}/nodes.ts`, NODES);
    await run("add", "smooth");
    await run("grant", id, "clock");
    await using running = await start(["run", "nodes.ts", "--inspect"], cwd);
    await run("grant", id, "net=127.0.0.1:10110");

    await using browser = await openBrowser();
    const { origin } = new URL(running.url);
    const { page, problems } = await openPage(browser, origin);
    await page.goto(running.url);
    await page.waitForSelector("td:has-text('smooth')");
    await page.keyboard.press("u");
    await page.click(`tr:has-text('${id}')`);
    await page.waitForSelector(".access:has-text('clock'):has-text('used')");
    await page.waitForSelector("aside.plugin .live dd:has-text('MiB')");
    await page.waitForSelector(".access:has-text('net') p[data-tone=warn]:has-text('never in force')");
    assert.equal(await page.locator("main img").count(), 0, "a text became an element");
    await keepPicture(page, "plugins-light");
    const node = `node ${id}/smooth`;
    // Somebody thinks better of it.
    await page.click(`button[aria-label='restart ${node}']`);
    await page.click("dialog button:has-text('Cancel')");
    await page.click(`button[aria-label='restart ${node}']`);
    await page.waitForSelector("dialog:has-text('What it kept in its memory is lost')");
    await keepPicture(page, "plugins-restart-light");
    await page.click("dialog button:has-text('Restart')");
    await page.waitForSelector(".live dd:has-text('once')");
    assert.match(running.said(), new RegExp(`inspector: plugin ${id} was restarted as "${id}/smooth"`));
    assert.equal(running.said().match(/is restarted/g)?.length, 1);
    const passed = await countOf("smooth", running);
    assert.ok(passed > 0);
    while (await countOf("smooth", running) < passed + 20) await page.waitForTimeout(20);
    await page.click("button[aria-label='revoke net']");
    await page.waitForSelector("dialog:has-text('It works without')");
    await page.click("dialog button:has-text('Revoke')");
    await page.waitForSelector(".access:has-text('net') .pill:has-text('not granted')");
    // It was opened with net, and works without.
    await page.waitForSelector(".live dd:has-text('2 times')");
    assert.match(running.said(), new RegExp(`inspector: net was taken back from ${id}`));
    assert.ok(!Deno.readTextFileSync(`${cwd}/tinman.grants.jsonc`).includes("10110"));
    assert.deepEqual(problems, []);
    for (
      const [theme, size] of [["dark", { width: 1280, height: 800 }], ["light", { width: 1024, height: 600 }]] as const
    ) {
      const watched = await openPage(browser, origin, { theme, size });
      await watched.page.goto(running.url);
      await watched.page.waitForSelector("td:has-text('smooth')");
      await watched.page.goto(`${origin}/plugins`);
      await watched.page.waitForSelector("td:has-text('MiB')");
      if (theme === "light") await keepPicture(watched.page, "plugins-list-small");
      await watched.page.goto(`${origin}/plugins?plugin=${id}`);
      await watched.page.waitForSelector(".access:has-text('clock')");
      const overflow = await watched.page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
      assert.ok(overflow <= 0, `${overflow} px too wide`);
      await keepPicture(watched.page, `plugins-${theme === "dark" ? "dark" : "small"}`);
      assert.deepEqual(watched.problems, []);
    }

    await using still = await start(["run", "nodes.ts", "--inspect-read-only"], cwd);
    const seen = await openPage(browser, new URL(still.url).origin);
    await seen.page.goto(still.url);
    await seen.page.waitForSelector("td:has-text('smooth')");
    await seen.page.goto(`${new URL(still.url).origin}/plugins?plugin=${id}`);
    await seen.page.waitForSelector(".live dd");
    assert.equal(await seen.page.locator("aside.plugin button:has-text('Re')").count(), 0, "a change is offered");
  },
});
