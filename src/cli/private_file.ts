import type { Context } from "./command.ts";
import { clean } from "./style.ts";

/** Lets nobody but the owner read a file. Where the disk keeps no owners (FAT, exFAT), says who can read it, and `fix`. */
export function makePrivate(path: string, { io, out }: Pick<Context, "io" | "out">, fix: string): void {
  if (io.protect(path)) return;
  const said = `whoever has this disk can read ${clean(path)}, since it keeps no owners of files`;
  out.problem(out.paintError("yellow", `warning: ${said}; ${fix}`));
}
