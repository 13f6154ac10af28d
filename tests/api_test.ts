/**
 * The public names of every entry point in deno.json, so that none comes or goes unseen. After a change that is meant:
 * `deno run -A tests/api_test.ts --update`, and look at the diff of api_names.json.
 */
import assert from "node:assert/strict";
import config from "../deno.json" with { type: "json" };
import { rootPath } from "./source_files.ts";

type Names = Readonly<Record<string, readonly string[]>>;

const snapshot = new URL("api_names.json", import.meta.url);

if (import.meta.main && Deno.args.includes("--update")) {
  await Deno.writeTextFile(snapshot, JSON.stringify(await readEntryPoints(), null, 2) + "\n");
} else {
  Deno.test("the public names of every entry point are those in api_names.json", async () => {
    const kept: Names = JSON.parse(await Deno.readTextFile(snapshot));
    const changes = compare(kept, await readEntryPoints());
    const update = "If this is meant, run `deno run -A tests/api_test.ts --update` and commit api_names.json";
    assert.equal(changes.length, 0, `\n${changes.join("\n")}\n${update}\n`);
  });
}

async function readEntryPoints(): Promise<Names> {
  const entries = Object.entries(config.exports);
  return Object.fromEntries(await Promise.all(entries.map(async ([name, path]) => [name, await readNames(path)])));
}

/** `function run`, `interface Clock`, …: the names that `deno doc` shows for one module, sorted. */
async function readNames(path: string): Promise<string[]> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--json", path],
    cwd: rootPath,
  }).output();
  assert.ok(success, `Cannot read the names of ${path}: ${new TextDecoder().decode(stderr).trim()}`);
  const { nodes }: DocJson = JSON.parse(new TextDecoder().decode(stdout));
  const symbols = Object.values(nodes).flatMap((node) => node.symbols ?? []);
  const named = symbols.flatMap(({ name, declarations }) =>
    declarations.filter(({ declarationKind }) => declarationKind === "export").map(({ kind }) => `${name} (${kind})`)
  );
  return [...new Set(named)].sort();
}

interface DocJson {
  readonly nodes: Record<string, {
    readonly symbols?: readonly {
      readonly name: string;
      readonly declarations: readonly { readonly kind: string; readonly declarationKind: string }[];
    }[];
  }>;
}

function compare(kept: Names, found: Names): string[] {
  return [...new Set([...Object.keys(kept), ...Object.keys(found)])].flatMap((entry) => {
    const [before, now] = [new Set(kept[entry]), new Set(found[entry])];
    return [
      ...[...now].filter((name) => !before.has(name)).map((name) => `+ ${entry}: ${name}`),
      ...[...before].filter((name) => !now.has(name)).map((name) => `- ${entry}: ${name}`),
    ];
  });
}
