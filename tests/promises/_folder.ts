/** A temporary folder that is gone when it is disposed. */
export interface TemporaryFolder extends Disposable {
  readonly path: string;
}

/** Makes an empty folder on the disk for temporary files. */
export function temporaryFolder(): TemporaryFolder {
  const path = Deno.makeTempDirSync({ prefix: "tinman-" });
  return { path, [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }) };
}

/** A disk of its own with this many bytes, or undefined where no such thing may be made (it takes Linux and root). */
export function smallDisk(bytes: number): TemporaryFolder | undefined {
  if (Deno.build.os !== "linux") return undefined;
  const { path } = temporaryFolder();
  const unmounted = { path, [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }) };
  if (!run("mount", "-t", "tmpfs", "-o", `size=${bytes}`, "tinman-test", path)) {
    unmounted[Symbol.dispose]();
    return undefined;
  }
  const dispose = () => {
    // Lazily, because a test that failed may have left files open.
    run("umount", "-l", path);
    unmounted[Symbol.dispose]();
  };
  return { path, [Symbol.dispose]: dispose };
}

/** Whether {@linkcode smallDisk} works here. */
export function canMakeDisks(): boolean {
  const disk = smallDisk(4096);
  disk?.[Symbol.dispose]();
  return disk !== undefined;
}

/** One SHA-256 over the names and bytes of all files in these folders. */
export async function hashOf(...folders: readonly string[]): Promise<string> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for (const folder of folders) {
    for (const name of Array.from(Deno.readDirSync(folder), (entry) => entry.name).sort()) {
      const bytes = Deno.readFileSync(`${folder}/${name}`);
      parts.push(new TextEncoder().encode(`${name} ${bytes.length}\n`), bytes);
    }
  }
  const all = await new Blob(parts).arrayBuffer();
  return new Uint8Array(await crypto.subtle.digest("SHA-256", all)).toHex();
}

function run(command: string, ...args: readonly string[]): boolean {
  try {
    return new Deno.Command(command, { args: [...args], stdout: "null", stderr: "null" }).outputSync().success;
  } catch {
    return false;
  }
}
