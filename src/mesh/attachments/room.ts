import { type Files, readFile } from "../../files/mod.ts";

/** How many bytes of files the dataset in a folder may keep, as `room.json` there says; undefined where nobody has said. */
export function readRoom(path: string, files: Files): number | undefined {
  try {
    const bytes = readFile(files, `${path}/${NAME}`, 1024);
    if (bytes === undefined) return undefined;
    const { maxBytes } = JSON.parse(new TextDecoder().decode(bytes)) as { readonly maxBytes?: unknown };
    return Number.isSafeInteger(maxBytes) && Number(maxBytes) >= 0 ? Number(maxBytes) : undefined;
  } catch {
    // Then it is as if nobody had said.
    return undefined;
  }
}

/** Says so. @throws {TinmanError} `WRITE_FAILED` */
export function writeRoom(path: string, files: Files, maxBytes: number): void {
  files.replace(`${path}/${NAME}`, new TextEncoder().encode(`${JSON.stringify({ v: 1, maxBytes })}\n`));
}

const NAME = "room.json";
