import { defineApi } from "./api.ts";
import { array, boolean, int16, int32, int64, nullableArray, since, string } from "./fields.ts";
import { struct } from "./struct.ts";

/** DescribeLogDirs (35), versions 1 to 4. */
export const describeLogDirsApi = defineApi({
  key: 35,
  name: "DescribeLogDirs",
  versions: [1, 4],
  flexibleFrom: 2,
  request: { topics: nullableArray(struct({ topic: string, partitions: array(int32) })) },
  response: {
    throttleTimeMs: int32,
    errorCode: since(3, int16),
    results: array(struct({
      errorCode: int16,
      logDir: string,
      topics: array(struct({
        name: string,
        partitions: array(struct({
          partitionIndex: int32,
          partitionSize: int64,
          offsetLag: int64,
          isFutureKey: boolean,
        })),
      })),
      totalBytes: since(4, int64, -1),
      usableBytes: since(4, int64, -1),
    })),
  },
});
