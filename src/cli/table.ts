import type { Command } from "./command.ts";
import { cacheClear } from "./commands/cache_clear.ts";
import { cacheInfo } from "./commands/cache_info.ts";
import { cacheList } from "./commands/cache_list.ts";
import { check } from "./commands/check.ts";
import { completions } from "./commands/completions.ts";
import { doctor } from "./commands/doctor.ts";
import { explain } from "./commands/explain.ts";
import { formCheck } from "./commands/form_check.ts";
import { formImport } from "./commands/form_import.ts";
import { formShow } from "./commands/form_show.ts";
import { graph } from "./commands/graph.ts";
import { help } from "./commands/help.ts";
import { init } from "./commands/init.ts";
import { inspect } from "./commands/inspect.ts";
import { logCat } from "./commands/log_cat.ts";
import { logCopy } from "./commands/log_copy.ts";
import { logDiff } from "./commands/log_diff.ts";
import { logDoctor } from "./commands/log_doctor.ts";
import { logExport } from "./commands/log_export.ts";
import { logImport } from "./commands/log_import.ts";
import { logInfo } from "./commands/log_info.ts";
import { logList } from "./commands/log_list.ts";
import { logRecover } from "./commands/log_recover.ts";
import { logTail } from "./commands/log_tail.ts";
import { logVerify } from "./commands/log_verify.ts";
import { pipelineSchemaCommand } from "./commands/pipeline_schema.ts";
import { pipelineStages } from "./commands/pipeline_stages.ts";
import { pluginAdd } from "./commands/plugin_add.ts";
import { pluginAudit } from "./commands/plugin_audit.ts";
import { pluginGrant } from "./commands/plugin_grant.ts";
import { pluginInfo } from "./commands/plugin_info.ts";
import { pluginKey } from "./commands/plugin_key.ts";
import { pluginList } from "./commands/plugin_list.ts";
import { pluginNew } from "./commands/plugin_new.ts";
import { pluginPack } from "./commands/plugin_pack.ts";
import { pluginRemove } from "./commands/plugin_remove.ts";
import { pluginRevoke } from "./commands/plugin_revoke.ts";
import { pluginRun } from "./commands/plugin_run.ts";
import { pluginTest } from "./commands/plugin_test_command.ts";
import { pluginTrust } from "./commands/plugin_trust.ts";
import { pluginVerify } from "./commands/plugin_verify.ts";
import { record } from "./commands/record.ts";
import { replay } from "./commands/replay.ts";
import { run } from "./commands/run.ts";
import { brokerConsume, brokerTail } from "./commands/broker_consume.ts";
import { brokerGroups, brokerLag, brokerResetOffsets } from "./commands/broker_groups.ts";
import { brokerProduce } from "./commands/broker_produce.ts";
import { brokerStart } from "./commands/broker_start.ts";
import { brokerConfigure } from "./commands/broker_configure.ts";
import { brokerCreate, brokerDelete, brokerDescribe, brokerStatus, brokerTopics } from "./commands/broker_topics.ts";
import { meshConflicts, meshResolve } from "./commands/mesh_conflicts.ts";
import { meshFrontier } from "./commands/mesh_frontier.ts";
import { meshId, meshInit, meshJoin } from "./commands/mesh_init.ts";
import { meshInvite, meshMembers, meshRemove, meshRole, meshWithdraw } from "./commands/mesh_members.ts";
import { meshPack, meshUnpack } from "./commands/mesh_pack.ts";
import { meshAttach, meshRoom, meshSave } from "./commands/mesh_attach.ts";
import { meshErase } from "./commands/mesh_erase.ts";
import { meshExport } from "./commands/mesh_export.ts";
import { meshForms } from "./commands/mesh_forms.ts";
import { meshImport } from "./commands/mesh_import.ts";
import { meshPeers } from "./commands/mesh_peers.ts";
import { meshStart } from "./commands/mesh_start.ts";
import { meshHistory, meshRecord, meshRecords } from "./commands/mesh_records.ts";
import { meshQuery, meshSearch } from "./commands/mesh_search.ts";
import { meshStatus } from "./commands/mesh_status.ts";
import { meshSync } from "./commands/mesh_sync.ts";
import { meshFsck, meshVerify } from "./commands/mesh_verify.ts";
import { meshCompact } from "./commands/mesh_compact.ts";
import { meshCreate, meshDelete, meshNote, meshRestore, meshSet } from "./commands/mesh_write.ts";
import { serialList } from "./commands/serial_list.ts";
import { versionCommand } from "./commands/version.ts";

/**
 * Every command, in the order in which help shows them. A function, because `help` and `completions` are in the table
 * and also print it.
 */
export function commands(): readonly Command[] {
  return [
    init,
    run,
    replay,
    record,
    check,
    graph,
    inspect,
    logInfo,
    logList,
    logCat,
    logTail,
    logVerify,
    logDoctor,
    logRecover,
    logCopy,
    logExport,
    logImport,
    logDiff,
    cacheInfo,
    cacheList,
    cacheClear,
    pipelineStages,
    pipelineSchemaCommand,
    pluginNew,
    pluginTest,
    pluginAdd,
    pluginList,
    pluginInfo,
    pluginGrant,
    pluginRevoke,
    pluginRun,
    pluginRemove,
    pluginVerify,
    pluginAudit,
    pluginPack,
    pluginKey,
    pluginTrust,
    serialList,
    formImport,
    formShow,
    formCheck,
    brokerStart,
    brokerStatus,
    brokerTopics,
    brokerCreate,
    brokerConfigure,
    brokerDelete,
    brokerDescribe,
    brokerProduce,
    brokerConsume,
    brokerTail,
    brokerGroups,
    brokerLag,
    brokerResetOffsets,
    meshInit,
    meshInvite,
    meshWithdraw,
    meshJoin,
    meshId,
    meshStart,
    meshStatus,
    meshPeers,
    meshMembers,
    meshRole,
    meshRemove,
    meshFrontier,
    meshRecords,
    meshSearch,
    meshQuery,
    meshRecord,
    meshCreate,
    meshSet,
    meshNote,
    meshAttach,
    meshSave,
    meshRoom,
    meshDelete,
    meshRestore,
    meshErase,
    meshHistory,
    meshConflicts,
    meshResolve,
    meshForms,
    meshExport,
    meshImport,
    meshSync,
    meshPack,
    meshUnpack,
    meshVerify,
    meshFsck,
    meshCompact,
    doctor,
    explain,
    completions,
    help,
    versionCommand,
  ];
}

/** First words that several commands share: `log`. */
export function groups(): string[] {
  return [...new Set(commands().flatMap(({ name }) => name.includes(" ") ? [name.split(" ")[0]!] : []))];
}
