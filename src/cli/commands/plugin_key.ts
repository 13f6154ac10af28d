import { TinmanError } from "../../errors/mod.ts";
import { createSigningKey } from "../../plugin/mod.ts";
import { defineCommand } from "../command.ts";
import { makePrivate } from "../private_file.ts";

/** `tinman plugin key` */
export const pluginKey = defineCommand({
  name: "plugin key",
  summary: "Make a key to sign plugins with",
  about:
    "The file holds the private key, for tinman plugin pack --sign; whoever has it can sign in your name. What is " +
    "printed is the public key, for those who add your plugins: tinman plugin trust KEY.",
  args: [{ name: "FILE", summary: "where to; it must not be there yet" }],
  flags: {},
  examples: [["tinman plugin key ~/.tinman-plugins.key", "once; keep it safe"]],
  exits: { 1: "the disk is full or not to be written" },
  json: "object",
  async run({ args: [name], io, out, path, settings }) {
    const file = path(name!);
    if (io.files.stat(file) !== undefined) {
      throw new TinmanError("EXISTS", `Cannot write ${file}: it is there`, { path: file, hint: "name another file" });
    }
    const { publicKey, privateKey } = await createSigningKey();
    using opened = io.files.open(file, "create");
    // Before anything is in it.
    makePrivate(file, { io, out }, "keep it elsewhere");
    const text = `# The private key of ${publicKey}\n${privateKey}\n`;
    const bytes = new TextEncoder().encode(text);
    if (opened.write(bytes) < bytes.length) {
      throw new TinmanError("WRITE_FAILED", `Cannot write ${file}: the disk is full`, { path: file });
    }
    if (settings.json) out.json({ v: 1, file, publicKey });
    else out.line(publicKey);
    return 0;
  },
});
