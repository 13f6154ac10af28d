import { createEnvironment, openBroker, openKafka, openStore } from "../../mod.ts";
import {
  changeProcessFolder,
  dialLocal,
  exitProcess,
  exportMetrics,
  importUserModule,
  isTelemetryOn,
  listenForMesh,
  listenLocal,
  meshMachine,
  openBeacons,
  openMeshLink,
  openMeshSql,
  openMeshTables,
  openPage,
  ownHosts,
  processFolder,
  processInput,
  processKeys,
  processPermission,
  processSinks,
  processVariable,
  processVersions,
  programAssets,
  protectFile,
  randomSeed,
  removeMeshTables,
  secretBytes,
  serveApp,
  serveMetrics,
  type TextSink,
} from "../platform/mod.ts";
import { createRandom } from "../random/mod.ts";
import { type Io, PipeClosed, type Sink } from "./io.ts";

/** The outside of this process, for `main`. */
export function createProcessIo(): Io {
  const { stdout, stderr } = processSinks();
  const environment = createEnvironment();
  return {
    stdout: checked(stdout),
    stderr: checked(stderr),
    keys: processKeys(),
    input: processInput,
    builtin: programAssets("plugins"),
    files: environment.files,
    environment,
    folder: processFolder(),
    changeFolder: changeProcessFolder,
    env: processVariable,
    load: importUserModule,
    permission: (name) => processPermission(name as Parameters<typeof processPermission>[0]),
    versions: processVersions(),
    protect: protectFile,
    openStore,
    openBroker,
    openKafka,
    mesh: {
      machine: meshMachine(),
      random: createRandom(randomSeed()),
      dial: openMeshLink,
      listen: listenForMesh,
      openBeacons: (servicePort) => openBeacons({ servicePort }),
      ownHosts,
      dialLocal,
      listenLocal,
      tables: {
        open: (path) => path === undefined ? openMeshSql(":memory:") : openMeshTables(path),
        openCopy: (copyOf) => openMeshSql(":memory:", { copyOf }),
        remove: removeMeshTables,
      },
    },
    telemetry: { serve: serveMetrics, export: isTelemetryOn() ? exportMetrics : undefined },
    inspector: {
      assets: programAssets("src/inspector/page"),
      secret: secretBytes,
      serve: serveApp,
      openPage,
    },
    exit: exitProcess,
  };
}

function checked(sink: TextSink): Sink {
  return {
    isTerminal: sink.isTerminal,
    get columns() {
      return sink.columns;
    },
    write(text) {
      if (!sink.write(text)) throw new PipeClosed();
    },
  };
}
