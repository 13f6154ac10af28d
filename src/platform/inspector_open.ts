import { isGranted } from "./permission.ts";

const OPENERS: Readonly<Record<string, readonly string[]>> = {
  linux: ["xdg-open"],
  darwin: ["open"],
  windows: ["explorer"],
};

/**
 * Shows an address in the browser of whoever sits here; says whether one could be asked. The address goes by way of a file that
 * only its owner may read, because everybody on this machine sees what programs are started with, and it may hold a secret.
 */
export function openPage(url: string): boolean {
  const [command, ...args] = OPENERS[Deno.build.os] ?? [];
  if (command === undefined || !isGranted({ name: "run", command }) || !isGranted({ name: "write" })) return false;
  try {
    const folder = Deno.makeTempDirSync({ prefix: "tinman-inspect-" });
    const file = `${folder}/open.html`;
    Deno.writeTextFileSync(
      file,
      `<meta charset="utf-8"><meta http-equiv="refresh" content="0; url=${escape(url)}">\n`,
      {
        mode: 0o600,
      },
    );
    new Deno.Command(command, { args: [...args, file], stdin: "null", stdout: "null", stderr: "null" }).spawn().unref();
    setTimeout(() => Deno.removeSync(folder, { recursive: true }), 10_000);
    return true;
  } catch {
    return false;
  }
}

function escape(text: string): string {
  return text.replace(/[&"<>]/g, (char) => `&#${char.charCodeAt(0)};`);
}
