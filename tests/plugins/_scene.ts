import assert from "node:assert/strict";
import { type Effective, type Grants, resolveGrants } from "../../src/plugin/resolve.ts";
import type { AskedCapability, PluginManifest } from "../../src/plugin/manifest.ts";
import type { Attack, Scene } from "./_attacks.ts";

/** A machine to attack. */
export interface AttackedScene extends Scene, AsyncDisposable {
  /** Fails when something of it has changed, or somebody was at the server. */
  check(): void;
}

/** Makes a folder with secrets and a server. */
export function openScene(): AttackedScene {
  const folder = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "tinman-attack-" }));
  Deno.mkdirSync(`${folder}/granted`);
  Deno.writeTextFileSync(`${folder}/secret.txt`, "SECRET");
  Deno.writeTextFileSync(`${folder}/secret.json`, '{"secret": "SECRET"}');
  Deno.symlinkSync("../secret.txt", `${folder}/granted/link.txt`);
  Deno.env.set("ATTACK_SECRET", "SECRET");
  let visits = 0;
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () => {
    visits++;
    return new Response("SECRET");
  });
  const before = listAll(folder);
  return {
    folder,
    port: server.addr.port,
    check() {
      assert.equal(visits, 0, "somebody was at the server");
      assert.deepEqual(listAll(folder), before);
      assert.equal(Deno.readTextFileSync(`${folder}/secret.txt`), "SECRET");
      assert.equal(({} as Record<string, unknown>)["polluted"], undefined, "Object.prototype was changed");
    },
    async [Symbol.asyncDispose]() {
      Deno.env.delete("ATTACK_SECRET");
      Deno.removeSync(folder, { recursive: true });
      await server.shutdown();
    },
  };
}

/** What a plugin that asks for just what it is granted may do, as tinman finds it out. */
export function effectiveFor(attack: Attack, scene: Scene): Effective {
  const grants: Grants = attack.grants?.(scene) ?? {};
  const capabilities = Object.entries(grants).map(([name, { allow }]) => ({
    name,
    why: "",
    optional: false,
    ...(allow !== true && { allow }),
  }));
  const manifest = {
    id: "org.example.attack",
    capabilities: capabilities as AskedCapability[],
  } as unknown as PluginManifest;
  const { effective } = resolveGrants(manifest, grants, {
    cwd: scene.folder,
    realPath: (path) => {
      try {
        return Deno.realPathSync(path);
      } catch {
        return undefined;
      }
    },
    list: (path) => {
      try {
        return Array.from(Deno.readDirSync(path), ({ name }) => name);
      } catch {
        return [];
      }
    },
  });
  return effective;
}

function listAll(folder: string): string[] {
  return Array.from(
    Deno.readDirSync(folder),
    ({ name, isDirectory }) => isDirectory ? listAll(`${folder}/${name}`).map((inner) => `${name}/${inner}`) : [name],
  ).flat().sort();
}
