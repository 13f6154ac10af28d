import { TinmanError } from "../errors/mod.ts";

/** Longest path of a socket that every system takes (sun_path, without its end). */
const MAX_PATH_BYTES = 103;
/** Most bytes of a file that says where a socket is. */
const MAX_NOTE_BYTES = 4096;
const FOLDER = "tinman-socket-";
const NAME = "socket";

/** Whether a socket can have this path; a file system may still refuse it. */
export function fitsSocket(path: string): boolean {
  return new TextEncoder().encode(path).length <= MAX_PATH_BYTES;
}

/**
 * Makes a place for a socket that cannot be at `path`, since that is too long or on a disk without sockets (FAT): in a new
 * folder that only this user can enter, which a file at `path` names.
 *
 * @throws {TinmanError} `CONFIG` when folders for what is temporary have too long a path as well.
 */
export function makeSocketPlace(path: string): string {
  const folder = Deno.makeTempDirSync({ prefix: FOLDER });
  const place = `${folder}/${NAME}`;
  try {
    if (!fitsSocket(place)) {
      throw new TinmanError(
        "CONFIG",
        `Cannot listen at ${place}: a socket has a path of at most ${MAX_PATH_BYTES} bytes`,
        {
          path: place,
          hint: "set TMPDIR to a folder with a shorter path",
        },
      );
    }
    Deno.writeTextFileSync(path, `${place}\n`, { mode: 0o600, createNew: true });
  } catch (error) {
    Deno.removeSync(folder, { recursive: true });
    throw error;
  }
  return place;
}

/**
 * Where the socket is that belongs at `path`: there, or where a file at `path` says. undefined when that is a place that
 * others could have made: a dataset may come on a stick of somebody else.
 */
export function findSocketPlace(path: string): string | undefined {
  const info = lstat(path);
  if (info === undefined || !info.isFile) return path;
  if (info.size > MAX_NOTE_BYTES) return undefined;
  const place = Deno.readTextFileSync(path).trimEnd();
  const folder = place.slice(0, -NAME.length - 1);
  if (place !== `${folder}/${NAME}` || !folder.includes(FOLDER)) return undefined;
  const owner = lstat(folder);
  const isOurs = owner?.isDirectory && owner.uid === Deno.uid() && (owner.mode! & 0o077) === 0;
  return isOurs ? place : undefined;
}

/** Removes the socket that belongs at `path`, the file that names it and the folder that it is in. */
export function removeSocketPlace(path: string): void {
  const place = findSocketPlace(path);
  if (place !== undefined && place !== path) Deno.removeSync(place.slice(0, -NAME.length - 1), { recursive: true });
  if (lstat(path) !== undefined) Deno.removeSync(path);
}

function lstat(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
