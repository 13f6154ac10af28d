import { dirname } from "node:path";
import { TinmanError } from "../errors/mod.ts";
import { logFileName } from "../log/mod.ts";
import type { Context } from "./command.ts";
import { count } from "./output.ts";
import { TextFile } from "./text_file.ts";

/** How something is exported. */
export type ExportFormat = "csv" | "jsonl";

/** Where the text of some channels goes. */
export interface ExportTarget {
  /** Its file, or undefined for stdout. */
  readonly path: string | undefined;
  readonly channels: readonly string[];
}

/**
 * Where each channel goes: `-` is stdout, a name with an ending is a file, all else a folder with a file for each. A
 * table has one channel.
 *
 * @throws {TinmanError} `USAGE` for several tables in one file, `EXISTS` for what is there already unless `force`.
 */
export function exportTargets(
  channels: readonly string[],
  { output, format, force }: { readonly output: string; readonly format: ExportFormat; readonly force: boolean },
  { io: { files }, path }: Pick<Context, "io" | "path">,
): readonly ExportTarget[] {
  const isFile = output === "-" || formatOf(output) !== undefined;
  const other = isFile ? undefined : /\.([a-z][a-z0-9]{1,7})$/i.exec(output)?.[1];
  if (other !== undefined && files.stat(path(output)) === undefined) {
    throw new TinmanError("USAGE", `Cannot export to ${output}: only .csv and .jsonl are written`, {
      argument: "--output",
      hint: other === "mcap" ? `tinman log copy makes an .mcap file` : `a folder of that name is written ${output}/`,
    });
  }
  if (isFile) {
    if (format === "csv" && channels.length !== 1) {
      const into = output === "-" ? "as one table" : `into ${output}`;
      throw new TinmanError("USAGE", `Cannot export ${count(channels.length, "channel")} ${into}: a table has one`, {
        argument: "--output",
        hint: `-o DIR writes a file for each, -c ${channels[0] ?? "CHANNEL"} takes one, --format jsonl takes them all`,
      });
    }
    const targets = [{ path: output === "-" ? undefined : path(output), channels }];
    return checkFree(targets);
  }
  const logs: string[] = [];
  return checkFree(channels.map((name) => {
    logs.push(logFileName(name, logs));
    return { path: `${path(output)}/${logs.at(-1)!.replace(/\.blog$/, `.${format}`)}`, channels: [name] };
  }));

  function checkFree(targets: readonly ExportTarget[]): readonly ExportTarget[] {
    for (const { path } of targets) {
      const found = path === undefined ? undefined : files.stat(path);
      if (found === undefined || force && found.kind === "file") continue;
      throw new TinmanError(
        "EXISTS",
        `Cannot export to ${path}: ${found.kind === "file" ? "it" : "a folder"} is there`,
        {
          path: path!,
          hint: found.kind === "file" ? "--force writes it anew, -o takes another name" : "-o takes another name",
        },
      );
    }
    return targets;
  }
}

/** The format that the ending of a file says. */
export function formatOf(output: string): ExportFormat | undefined {
  if (/\.(csv|tsv|txt)$/i.test(output)) return "csv";
  return /\.(jsonl|ndjson|json)$/i.test(output) ? "jsonl" : undefined;
}

/** The texts of an export: files that are whole at the end, or not there at all. Dispose them. */
export class ExportTexts implements Disposable {
  readonly #context: Context;
  readonly #files: TextFile[] = [];
  #folder: string | undefined;
  #done = false;

  /** Opens nothing yet. */
  constructor(context: Context) {
    this.#context = context;
  }

  /** What writes to a target. A file that is there is written anew: whoever calls asked before. */
  open({ path }: ExportTarget): (text: string) => void {
    const { io: { files }, out } = this.#context;
    if (path === undefined) return (text) => out.text(text);
    const folder = dirname(path);
    if (files.stat(folder) === undefined) {
      files.makeFolder(folder);
      this.#folder ??= folder;
    }
    files.remove(path);
    const file = new TextFile(files, path);
    this.#files.push(file);
    return (text) => file.write(text);
  }

  /** Ends all files. */
  close(): void {
    for (const file of this.#files) file.close();
    this.#done = true;
  }

  /** Removes what was not closed, as far as the disk lets it: why it was not closed is on its way already. */
  [Symbol.dispose](): void {
    if (this.#done) return;
    const folder = this.#folder;
    for (const file of this.#files) quietly(() => file.remove());
    if (folder !== undefined) quietly(() => this.#context.io.files.remove(folder));
  }
}

function quietly(action: () => void): void {
  try {
    action();
  } catch {
    // The disk is gone, which is being told.
  }
}
