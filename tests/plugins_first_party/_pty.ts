/** Two serial ports that are connected to each other, made by socat. */
export interface Ptys extends AsyncDisposable {
  readonly a: string;
  readonly b: string;
  /** Pulls both out. */
  unplug(): Promise<void>;
}

/** Whether a program is on the PATH. */
export function hasProgram(name: string): boolean {
  try {
    new Deno.Command(name, { args: ["-h"], stdout: "null", stderr: "null" }).outputSync();
    return true;
  } catch {
    return false;
  }
}

/** Plugs two ports in; in `folder`, if it is given, so that they may come back at the same place. */
export async function openPtys(folder?: string): Promise<Ptys> {
  const place = folder ?? await Deno.makeTempDir({ prefix: "tinman-pty-" });
  const [a, b] = [`${place}/a`, `${place}/b`];
  const socat = new Deno.Command("socat", {
    args: ["-d", "-d", `pty,raw,echo=0,link=${a}`, `pty,raw,echo=0,link=${b}`],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  // It says so when both are there: "starting data transfer loop".
  const said = socat.stderr.pipeThrough(new TextDecoderStream());
  let text = "";
  for await (const piece of said.values({ preventCancel: true })) {
    text += piece;
    if (text.includes("starting data transfer loop")) break;
  }
  const drained = said.pipeTo(new WritableStream());
  let isThere = true;
  const unplug = async () => {
    if (isThere) socat.kill("SIGTERM");
    isThere = false;
    await socat.status;
    await drained;
  };
  return {
    a,
    b,
    unplug,
    [Symbol.asyncDispose]: async () => {
      await unplug();
      if (folder === undefined) await Deno.remove(place, { recursive: true });
    },
  };
}
