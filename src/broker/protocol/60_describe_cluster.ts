import { defineApi } from "./api.ts";
import { array, boolean, int16, int32, int8, nullableString, since, string } from "./fields.ts";
import { struct } from "./struct.ts";

/** DescribeCluster (60), versions 0 and 1. */
export const describeClusterApi = defineApi({
  key: 60,
  name: "DescribeCluster",
  versions: [0, 1],
  flexibleFrom: 0,
  request: { includeClusterAuthorizedOperations: boolean, endpointType: since(1, int8, 1) },
  response: {
    throttleTimeMs: int32,
    errorCode: int16,
    errorMessage: nullableString,
    endpointType: since(1, int8, 1),
    clusterId: string,
    controllerId: { ...int32, absent: -1 },
    brokers: array(struct({ brokerId: int32, host: string, port: int32, rack: nullableString })),
    clusterAuthorizedOperations: { ...int32, absent: -2147483648 },
  },
});
