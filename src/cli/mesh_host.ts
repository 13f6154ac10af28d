import type { Clock } from "../clock/mod.ts";
import { TinmanError } from "../errors/mod.ts";
import type { Files } from "../files/mod.ts";
import {
  Attachments,
  type FolderReplica,
  type Member,
  openFolder,
  readRoom,
  Station,
  type StationEvent,
} from "../mesh/mod.ts";
import type { AirState } from "./mesh_air.ts";
import { MeshForms } from "./mesh_forms.ts";
import type { MeshIo } from "./mesh_io.ts";
import { MeshTables } from "./mesh_tables.ts";

/** What is asked about a dataset is answered from this, in the process that has it. */
export interface MeshHost {
  readonly replica: FolderReplica;
  readonly forms: MeshForms;
  readonly files: Files;
  readonly clock: Clock;
  /** Bytes that nobody can guess. */
  readonly secret: (length: number) => Uint8Array;
  /** Where others reach us, while we listen. */
  readonly addresses: string[];
  /** What the files of records contain. */
  readonly attachments: Attachments;
  /** Meets peers. */
  readonly station: Station;
  /** What is asked in SQL. */
  readonly tables: MeshTables;
  /** The radio that it shares with others, while it does. */
  readonly radio: { state?: AirState };
}

/** Options of {@linkcode createHost}. */
export interface HostOptions {
  /** The dataset, when it is open already. @default {the one in the folder} */
  readonly replica?: FolderReplica;
  /** What happens with peers. */
  readonly onEvent?: (event: StationEvent) => void;
}

/** Opens the dataset in a folder, to be asked. */
export function createHost(path: string, mesh: MeshIo, options: HostOptions = {}): MeshHost {
  const { machine, random, dial } = mesh;
  const { files, clock, secret } = machine;
  const { replica = openFolder(path, machine), onEvent } = options;
  const settled = () => replica.giveKeys();
  const maxBytes = readRoom(path, files);
  const attachments = new Attachments(replica, {
    files,
    path: `${path}/blobs`,
    ...(maxBytes !== undefined && { maxBytes }),
  });
  // What nothing names any more goes, a week after that was first seen.
  attachments.collect();
  const needs = { clock, random, secret, dial, settled, attachments };
  const station = new Station(replica, { ...needs, ...(onEvent && { onEvent }) });
  const forms = new MeshForms(files, replica);
  const tables = new MeshTables(replica, mesh.tables);
  return { replica, forms, files, clock, secret, addresses: [], attachments, station, tables, radio: {} };
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
  const found = replica.members.list().flatMap(({ name, devices }) =>
    devices.map(({ device }) => device).filter((device) =>
      name === text || whoOf(replica, device) === text ||
      (text.length >= 4 && device.startsWith(text.toLowerCase()))
    )
  );
  if (found.length === 1) return found[0]!;
  const nameOf = (device: string) => `${device.slice(0, 8)} of ${replica.members.of(device)!.name}`;
  const names = found.slice(0, MAX_SAID).map(nameOf).join(", ");
  const why = found.length === 0 ? "no member has it" : `it may be ${names}${found.length > MAX_SAID ? ", …" : ""}`;
  throw new TinmanError("NOT_FOUND", `Cannot find device ${JSON.stringify(text.slice(0, 80))}: ${why}`, {
    kind: "device",
    id: text,
    hint: "`tinman mesh members` lists them; the first eight digits of the key will do",
  });
}

/** Most devices that a message names. */
const MAX_SAID = 4;

/** The member that a name, or the beginning of the key of one of its devices, means. @throws {TinmanError} `NOT_FOUND` */
export function memberNamed(replica: FolderReplica, text: string): Member {
  const found = replica.members.list().filter(({ name, devices }) =>
    name === text ||
    (text.length >= 4 &&
      devices.some(({ device }) => device.startsWith(text.toLowerCase()) || whoOf(replica, device) === text))
  );
  if (found.length === 1) return found[0]!;
  const why = found.length === 0 ? "nobody is called so" : "several are called so";
  throw new TinmanError("NOT_FOUND", `Cannot find member ${JSON.stringify(text.slice(0, 80))}: ${why}`, {
    kind: "member",
    id: text,
    hint: "`tinman mesh members` lists them; the first eight digits of the key of a device will do",
  });
}
