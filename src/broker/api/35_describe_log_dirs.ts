import { describeLogDirsApi } from "../protocol/35_describe_log_dirs.ts";
import { ERROR } from "../protocol/error_codes.ts";
import { defineHandler } from "./handler.ts";

/** DescribeLogDirs: one folder, with the bytes of each partition. Left out: room that is left, moves between folders. */
export const describeLogDirs = defineHandler(describeLogDirsApi, ({ topics }, { cluster }) => ({
  errorCode: ERROR.NONE,
  results: [{
    errorCode: ERROR.NONE,
    logDir: cluster.location,
    topics: cluster.topics.flatMap(({ name, partitions }) => {
      const asked = topics?.find(({ topic }) => topic === name);
      if (topics !== null && asked === undefined) return [];
      const wanted = partitions.filter(({ index }) => asked?.partitions.includes(index) ?? true);
      return [{
        name,
        partitions: wanted.map(({ index, log }) => ({ partitionIndex: index, partitionSize: log.bytes, offsetLag: 0 })),
      }];
    }),
  }],
}));
