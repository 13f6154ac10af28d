import { TinmanError } from "../errors/mod.ts";

/** What the system calls an error, such as `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/** The error for a read that failed: `Cannot open a.blog: no such file`. */
export function readFailure(action: string, path: string, cause: unknown): TinmanError {
  return common(action, path, cause) ??
    new TinmanError("UNAVAILABLE", `Cannot ${action} ${path}: ${reason(cause)}`, { what: path, cause });
}

/** The error for a write that failed. */
export function writeFailure(action: string, path: string, cause: unknown): TinmanError {
  return common(action, path, cause) ??
    new TinmanError("WRITE_FAILED", `Cannot ${action} ${path}: ${reason(cause)}`, {
      path,
      cause,
      hint: FIXES[codeOf(cause) ?? ""],
    });
}

function common(action: string, path: string, cause: unknown): TinmanError | undefined {
  const message = `Cannot ${action} ${path}`;
  switch (cause instanceof Error && cause.name === "NotCapable" ? cause.name : codeOf(cause)) {
    case "ENOTDIR":
      return new TinmanError("NOT_FOUND", `${message}: a file stands where a folder should`, {
        kind: "folder",
        id: path,
        cause,
        hint: "name a place in a folder",
      });
    case "ENOENT":
      return new TinmanError("NOT_FOUND", `${message}: no such file or folder`, { kind: "file", id: path, cause });
    case "EEXIST":
      return action === "make folder"
        ? new TinmanError("EXISTS", `${message}: there is a file of that name`, {
          path,
          cause,
          hint: "name another folder",
        })
        : new TinmanError("EXISTS", `${message}: it is already there`, { path, cause });
    case "EACCES":
    case "EPERM":
      return new TinmanError("DENIED", `${message}: the system does not allow it`, {
        what: path,
        cause,
        hint: `give this user access to ${path}, or choose another place`,
      });
    case "NotCapable":
      return new TinmanError("DENIED", `${message}: Deno does not allow it`, {
        what: path,
        cause,
        hint: `run with ${flag(cause as Error)}=${path}`,
      });
    default:
      return undefined;
  }
}

/** Deno ends its message with the flag that is missing. */
function flag(error: Error): string {
  return /--allow-\w+/.exec(error.message)?.[0] ?? "--allow-read --allow-write";
}

function reason(cause: unknown): string {
  const known = KNOWN[codeOf(cause) ?? ""];
  return known ?? (cause instanceof Error ? cause.message : String(cause));
}

const FIXES: Readonly<Record<string, string>> = {
  EISDIR: "name a file",
  ENOSPC: "free some space, or record to another disk",
  EROFS: "make the disk writable, or copy what is there to another one",
};

const KNOWN: Readonly<Record<string, string>> = {
  EBADF: "it was opened for reading only",
  EDQUOT: "the disk quota is used up",
  EFBIG: "the file system takes no larger files",
  EIO: "the disk does not answer",
  EISDIR: "it is a folder",
  EMFILE: "too many files are open",
  ENAMETOOLONG: "the name is too long",
  ENFILE: "too many files are open",
  ENOSPC: "the disk is full",
  EROFS: "the disk is read-only",
};
