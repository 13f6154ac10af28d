/** Whether a program is installed. */
export async function isInstalled(program: string, argument = "--version"): Promise<boolean> {
  return await new Deno.Command(program, { args: [argument], stdout: "null", stderr: "null" }).output()
    .then(({ success }) => success, () => false);
}

/** Starts a server on a free port and waits until it listens. */
export async function startServer(
  program: string,
  words: (port: number) => readonly string[],
  folder?: string,
): Promise<{ port: number; server: AsyncDisposable }> {
  const probe = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = probe.addr;
  probe.close();
  const cwd = folder ?? await Deno.makeTempDir();
  const child = new Deno.Command(program, { args: [...words(port)], cwd, stdout: "null", stderr: "null" }).spawn();
  for (let i = 0; i < 500; i++) {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port }).catch(() => undefined);
    if (connection !== undefined) {
      connection.close();
      break;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const stop = async () => {
    child.kill("SIGKILL");
    await child.status;
    await Deno.remove(cwd, { recursive: true });
  };
  return { port, server: { [Symbol.asyncDispose]: stop } };
}
