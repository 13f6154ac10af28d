import type { Clock } from "../clock/mod.ts";
import { TinmanError } from "../errors/mod.ts";
import type { Files } from "../files/mod.ts";
import type { FolderReplica } from "../mesh/mod.ts";
import { MeshForms } from "./mesh_forms.ts";

/** What is asked about a dataset is answered from this, in the process that has it. */
export interface MeshHost {
  readonly replica: FolderReplica;
  readonly forms: MeshForms;
  readonly files: Files;
  readonly clock: Clock;
  /** Bytes that nobody can guess. */
  readonly secret: (length: number) => Uint8Array;
  /** Where others reach us, while we listen. */
  readonly addresses: readonly string[];
  /** Peers that were met since this process began, while it runs. */
  readonly peers?: () => readonly unknown[];
}

/** What people call who holds a device: the name of the member, with the device where there are several. */
export function whoOf({ members, feeds }: FolderReplica, device: string): string {
  const member = members.of(device);
  const short = device.slice(0, 8);
  const first = feeds.get(device)?.at(1);
  if (member === undefined) return first?.kind === "member.join" ? String(first.payload?.name ?? short) : short;
  const isClear = member.devices.length === 1 &&
    !members.list().some(({ id, name }) => id !== member.id && name === member.name);
  return isClear ? member.name : `${member.name}/${short}`;
}

/** The device that a name, or the beginning of a key, means. @throws {TinmanError} `NOT_FOUND` */
export function deviceNamed(replica: FolderReplica, text: string): string {
  const devices = replica.members.list().flatMap((member) => member.devices.map(({ device }) => device));
  const found = devices.filter((device) =>
    whoOf(replica, device) === text || (text.length >= 4 && device.startsWith(text.toLowerCase()))
  );
  if (found.length === 1) return found[0]!;
  const why = found.length === 0 ? "no member has it" : "several members have it";
  throw new TinmanError("NOT_FOUND", `Cannot find device ${JSON.stringify(text.slice(0, 80))}: ${why}`, {
    kind: "device",
    id: text,
    hint: "`tinman mesh peers` lists them; the first eight digits of the key will do",
  });
}
