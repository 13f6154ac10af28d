// Starts a plugin that hangs, says the number of its process and waits to be killed.
import { pluginText, Talk } from "../../src/plugin/_guest_talk.ts";
import { openGuest } from "./_process.ts";

const talk = new Talk(await openGuest());
await talk.load(pluginText("async () => { for (;;); }"));
talk.start(1, {});
const [pid] = Deno.readTextFileSync(`/proc/${Deno.pid}/task/${Deno.pid}/children`).trim().split(" ");
console.log(pid);
setInterval(() => {}, 1000);
