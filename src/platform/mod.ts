/**
 * What this machine gives: time, files, chance, signals, a terminal. The only folder that says `Deno.`, imported by
 * mod.ts and the command line alone; everything else is handed what it needs.
 *
 * @module
 */
import type { Files } from "../files/mod.ts";
import { createDenoFiles } from "./files.ts";
import { nextTurn } from "./macrotask.ts";
import { randomSeed } from "./random.ts";
import { onSignals, type SignalName } from "./signals.ts";
import { onUnhandled } from "./unhandled.ts";
import { createWallClock, type WallClock } from "./wall_clock.ts";

export { type AssetFolder, type Assets, folderAssets, programAssets } from "./assets.ts";
export { createDenoFiles } from "./files.ts";
export { openPage } from "./inspector_open.ts";
export {
  type AppServer,
  type AppServerOptions,
  serveApp,
  type ServedSocket,
  type ServedWire,
} from "./inspector_server.ts";
export { dialLocal, listenLocal, type LocalListener } from "./local_socket.ts";
export { lockFolder } from "./lock_folder.ts";
export { kissTransport, listenForMesh, type MeshListener, meshTransports, openMeshLink } from "./mesh_links.ts";
export { meshMachine } from "./mesh_machine.ts";
export { type Beacon, type BeaconOptions, type Beacons, openBeacons, ownHosts } from "./multicast.ts";
export { type Certificate, dialTcp, dialTls, listenTcp, listenTls, tcpTransport } from "./tcp.ts";
export { openMeshSql } from "./mesh_sql.ts";
export { openMeshTables, removeMeshTables } from "./mesh_tables.ts";
export { type MetricsServer, type MetricsServerOptions, serveMetrics } from "./metrics_server.ts";
export { nextTurn } from "./macrotask.ts";
export { endProcess, type ExportedMetric, exportMetrics, isTelemetryOn } from "./otel.ts";
export { runPluginHost } from "./plugin_host.ts";
export { PLUGIN_HOST, type PluginProcess, type PluginProcessOptions, spawnPlugin } from "./plugin_process.ts";
export * from "./process.ts";
export {
  isOwnModule,
  type ProgramForm,
  programForm,
  publicModule,
  type SelfCommand,
  selfCommand,
  type SelfCommandOptions,
  sourceRoot,
} from "./program.ts";
export { randomSeed, secretBytes } from "./random.ts";
export { serialTransport } from "./serial.ts";
export { onSignals, type SignalName } from "./signals.ts";
export { openSqliteStore } from "./sqlite_store.ts";
export { onUnhandled } from "./unhandled.ts";
export { importUserModule } from "./user_modules.ts";
export {
  isMainModule,
  openWorker,
  type ThisWorker,
  thisWorker,
  type WorkerHandle,
  type WorkerHooks,
} from "./worker.ts";
export { createWallClock, type WallClock, type WallClockOptions } from "./wall_clock.ts";
export { createWebSocketTransport } from "./websocket.ts";

/** What a run needs of the machine it runs on. */
export interface Platform {
  /** The time of this machine. */
  readonly clock: WallClock;
  /** The files of this machine. */
  readonly files: Files;
  /** A fresh seed for `createRandom`. */
  randomSeed(): string;
  /** Lets timers, sockets and signals get their chance. */
  nextTurn(): Promise<void>;
  /** Calls `handler` at each request to stop, in place of the end of the process, until the result is disposed. */
  onSignals(handler: (signal: SignalName) => void): Disposable;
  /** Shows `handler` each rejection that nobody waits for; it says whether it has dealt with it. */
  onUnhandled(handler: (reason: unknown) => boolean): Disposable;
}

/** The machine that this process runs on. */
export function createPlatform(): Platform {
  return { clock: createWallClock(), files: createDenoFiles(), randomSeed, nextTurn, onSignals, onUnhandled };
}
