import assert from "node:assert/strict";
import { readUntil, spawn, temporaryFolder, tinman } from "../cli/processes.ts";

/** Machines in a folder: each has a dataset of its own, and runs `tinman mesh`. */
export function createMachines({ env = {} }: { readonly env?: Record<string, string> } = {}) {
  const folder = temporaryFolder();
  const cwd = folder.path;
  const running = new Set<Deno.ChildProcess>();
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await tinman(["mesh", ...args], { cwd, env });
    return { code, stdout, stderr };
  };
  return {
    path: cwd,
    /** Runs a command that works. */
    async ok(...args: string[]): Promise<string> {
      const { code, stdout, stderr } = await run(...args);
      assert.equal(code, 0, `mesh ${args.join(" ")}: ${stderr}`);
      return stdout.trim();
    },
    run,
    /** Starts one that stays, and says where it is: on a free port, if `args` do not say where it listens. */
    async start(data: string, ...args: string[]): Promise<Started> {
      const listen = args.includes("--listen") ? [] : ["--listen", "127.0.0.1:0"];
      const child = spawn(["mesh", "start", "-D", data, ...listen, ...args], { cwd, env });
      running.add(child);
      void child.status.then(() => running.delete(child));
      const said = readUntil(child.stderr, "\n\n\n");
      const address = (await readUntil(child.stdout, "\n")).trim();
      if (!/^(tcp|ws):\/\/|^running, /.test(address)) assert.fail(`mesh start: ${await said}`);
      return {
        address,
        child,
        async kill(signal: Deno.Signal = "SIGTERM") {
          child.kill(signal);
          const { code } = await child.status;
          await said;
          return code;
        },
      };
    },
    /** Ends what a test that failed has left. */
    [Symbol.dispose]: () => {
      for (const child of running) child.kill("SIGKILL");
      folder[Symbol.dispose]();
    },
  };
}

/** A process that stays in touch. */
export interface Started {
  readonly address: string;
  readonly child: Deno.ChildProcess;
  /** Ends it; gives what it exits with. */
  kill(signal?: Deno.Signal): Promise<number>;
}

/** Asks until the answer is the one that is wanted; what is waited for comes over a network. */
export async function until<T>(ask: () => Promise<T>, wanted: (answer: T) => boolean): Promise<T> {
  for (let tries = 0;; tries++) {
    const answer = await ask();
    if (wanted(answer)) return answer;
    assert.ok(tries < 50, `still ${JSON.stringify(answer)}`);
  }
}
