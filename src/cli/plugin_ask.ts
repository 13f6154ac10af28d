import { plainText } from "../errors/mod.ts";
import {
  danger,
  type Grant,
  grantCommand,
  type GrantQuestion,
  type Grants,
  type Missing,
  type PluginStore,
} from "../plugin/mod.ts";
import type { Context } from "./command.ts";
import { describeValues } from "./plugin_access.ts";

/** Asks the person at the terminal what a plugin may do, one question at a time. Where nobody is, nobody is asked. */
export class Asker implements Disposable {
  readonly #context: Pick<Context, "io" | "out">;
  readonly #closed = new AbortController();
  #keys: AsyncIterator<Uint8Array> | undefined;
  /** What was allowed for this run: a plugin that is started again is not asked for again. */
  readonly #allowed = new Set<string>();
  #last: Promise<unknown> = Promise.resolve();

  private constructor(context: Pick<Context, "io" | "out">) {
    this.#context = context;
  }

  /** For a command that reads nothing else from the terminal; undefined where no person is. */
  static at(context: Context): Asker | undefined {
    const { io, settings } = context;
    return io.keys === undefined || !io.stderr.isTerminal || settings.noInput ? undefined : new Asker(context);
  }

  /** Gives what the plugin is granted from now on, or nothing when the answer is no. */
  ask({ manifest, missing }: GrantQuestion, store: PluginStore): Promise<Grants | undefined> {
    // Two nodes that are opened at the same time are asked for one after the other.
    const answer = this.#last.then(() => this.#askAll(manifest.id, missing, store));
    this.#last = answer.catch(() => {});
    return answer;
  }

  /** Gives the terminal back. */
  [Symbol.dispose](): void {
    this.#closed.abort();
  }

  async #askAll(id: string, missing: readonly Missing[], store: PluginStore): Promise<Grants | undefined> {
    let grants = store.grantsOf(id);
    for (const each of missing) {
      if (isDenied(each, grants) || isDangerous(each)) return undefined;
      const values = each.values === true ? true : [...each.values];
      const question = JSON.stringify([id, each.name, values]);
      const answer = this.#allowed.has(question) ? "yes" : await this.#askOne(id, each);
      if (answer === "yes") this.#allowed.add(question);
      if (answer === "yes") grants = { ...grants, [each.name]: joined(grants[each.name], values) };
      else if (answer === "always") grants = store.grant(id, { [each.name]: { allow: values } });
      else {
        if (answer === "never" && values !== true) store.grant(id, { [each.name]: { allow: [], deny: values } });
        return undefined;
      }
    }
    return grants;
  }

  async #askOne(id: string, missing: Missing): Promise<Answer> {
    const { out } = this.#context;
    const { name, values, why } = missing;
    // A capability without values cannot be denied by one.
    const never = values === true ? "" : ", N never";
    const what = describeValues(name, { allow: values });
    const wanted = plainText(`${name} ${what === "–" ? "" : what}`.trim(), 200);
    out.problem(`┌ ${out.paintError("bold", id)} asks for ${out.paintError("bold", wanted)}`);
    out.problem(`│ it says why: "${plainText(why)}"`);
    out.problem(`└ allow? y this run, A always, n no${never}, ? what that means`);
    for (;;) {
      const key = await this.#key();
      if (key === "y" || key === "Y") return this.#chose("yes, for this run", "yes");
      if (key === "A") return this.#chose("yes, written to tinman.grants.jsonc", "always");
      if (key === "N" && never !== "") return this.#chose("never, written to tinman.grants.jsonc", "never");
      if (key === "n" || key === "N" || key === undefined) return this.#chose("no", "no");
      if (key === "?") this.#explain(id, missing);
    }
  }

  #chose(words: string, answer: Answer): Answer {
    this.#context.out.problem(`  ${words}`);
    return answer;
  }

  #explain(id: string, { name, values, why, optional }: Missing): void {
    const { out } = this.#context;
    out.problem(`  ${name}: ${meanings[name] ?? "see tinman help plugin grant"}`);
    out.problem(
      "  The reason was written by the author of the plugin; nobody has checked it. Without this it cannot run.",
    );
    out.problem(`  The same as A, later: ${plainText(grantCommand(id, [{ name, values, why, optional }]), 300)}`);
  }

  /** The next key, undefined when there are no more. */
  async #key(): Promise<string | undefined> {
    this.#keys ??= this.#context.io.keys!(this.#closed.signal)[Symbol.asyncIterator]();
    const { value, done } = await this.#keys.next();
    return done ? undefined : new TextDecoder().decode(value).slice(0, 1);
  }
}

type Answer = "yes" | "always" | "no" | "never";

const meanings: Readonly<Record<string, string>> = {
  read: "read these files, and all in these folders",
  write: "write, make and remove these files, and all in these folders",
  net: "connect to these machines, and listen there",
  env: "see these variables of the environment",
  sys: "ask the system for these facts about itself",
  serial: "talk to what is connected there",
  "broker:consume": "read these topics, and remember there how far it came",
  "broker:produce": "send to these topics",
  clock: "know what time it is, not only in which order things came",
  random: "draw numbers that nobody can guess",
};

function isDangerous({ name, values }: Missing): boolean {
  return danger(name, values) !== undefined;
}

/** Whether somebody has said never to one of these values. */
function isDenied({ name, values }: Missing, grants: Grants): boolean {
  const denied = grants[name]?.deny ?? [];
  return values !== true && values.some((value) => denied.includes(value));
}

function joined(before: Grant | undefined, values: true | readonly string[]): Grant {
  if (values === true || before?.allow === true) return { ...before, allow: true };
  return { ...before, allow: [...before?.allow ?? [], ...values] };
}
