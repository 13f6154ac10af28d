import { basename, dirname } from "node:path";
import { TinmanError } from "../../errors/mod.ts";
import {
  packPlugin,
  prepareModules,
  readPackage,
  sealPackage,
  sha256,
  signPackage,
  verifySignature,
} from "../../plugin/mod.ts";
import { type Context, defineCommand } from "../command.ts";
import { count, formatBytes } from "../output.ts";
import { clean } from "../style.ts";

/** `tinman plugin pack` */
export const pluginPack = defineCommand({
  name: "plugin pack",
  summary: "Pack a plugin into one file, the same bytes every time",
  about:
    "A plain tar of its files with the hash of each in its plugin.jsonc. Hidden files and node_modules are left out. " +
    "The folder itself is not changed.",
  args: [{ name: "FOLDER", summary: "the folder of a plugin", completes: "folder" }],
  flags: {
    output: { type: "string", short: "o", value: "FILE", summary: "Where to (default ./ID-VERSION.plugin)" },
    sign: { type: "string", value: "KEYFILE", summary: "Sign it with this private key, see tinman plugin key" },
    force: { type: "boolean", summary: "Replace the file if it is there" },
  },
  examples: [
    ["tinman plugin pack smooth", "org.example.smooth-0.1.0.plugin"],
    ["tinman plugin pack smooth -o smooth.plugin --sign me.key", "signed"],
  ],
  exits: { 3: "the folder or the key is not there", 5: "a file is not what its plugin.jsonc says" },
  json: "object",
  async run(context) {
    const { args: [folder], flags, io, out, path, settings } = context;
    const sealed = sealPackage(readPackage(io.files, path(folder!)));
    // What nobody can load is not worth sending.
    prepareModules(sealed);
    const { id, version } = sealed.manifest;
    const file = flags.output ?? `${id}-${version}.plugin`;
    if (io.files.stat(path(file)) !== undefined && !flags.force) {
      throw new TinmanError("EXISTS", `Cannot write ${file}: it is there`, {
        path: file,
        hint: "another -o, or --force",
      });
    }
    const signature = flags.sign === undefined
      ? undefined
      : await signPackage(sealed, readKey(flags.sign, context as Context));
    const bytes = packPlugin(sealed, signature === undefined ? {} : { signature });
    const signer = signature === undefined ? undefined : await verifySignature({ ...sealed, signature });
    io.files.makeFolder(dirname(path(file)));
    io.files.replace(path(file), bytes);
    const report = { id, version, file: path(file), bytes: bytes.length, sha256: sha256(bytes), tree: sealed.sha256 };
    if (settings.json) out.json({ v: 1, ...report, signer: signer ?? null });
    else {
      // As sha256sum prints it, so that it can be compared with what that says elsewhere.
      out.line(clean(`${report.sha256}  ${file}`));
      out.note(
        `${count(sealed.files.size, "file")}, ${formatBytes(bytes.length)}${signer ? `, signed by ${signer}` : ""}`,
      );
      out.note(`\nNext:\n  tinman plugin add ${clean(basename(file) === file ? file : path(file))}`);
    }
    return 0;
  },
});

function readKey(file: string, { io, path }: Context): string {
  using opened = io.files.open(path(file), "read");
  const bytes = new Uint8Array(Math.min(opened.size(), 10_000));
  opened.read(bytes, 0);
  return new TextDecoder().decode(bytes).split("\n").filter((line) => !line.startsWith("#")).join("").trim();
}
