import { describeClientQuotasApi } from "../protocol/48_describe_client_quotas.ts";
import { alterClientQuotasApi } from "../protocol/49_alter_client_quotas.ts";
import { ERROR } from "../protocol/error_codes.ts";
import { defineHandler } from "./handler.ts";

/** DescribeClientQuotas: there are none. A list, though empty: the Java client takes `null` for a refusal. */
export const describeClientQuotas = defineHandler(describeClientQuotasApi, () => ({ entries: [] }));

/** AlterClientQuotas: refused, unless it only takes away, and there is nothing to take away. */
export const alterClientQuotas = defineHandler(alterClientQuotasApi, ({ entries }) => ({
  entries: entries.map(({ entity, ops }) =>
    ops.every(({ remove }) => remove)
      ? { entity, errorCode: ERROR.NONE }
      : { entity, errorCode: ERROR.UNSUPPORTED_VERSION, errorMessage: "this broker has no quotas" }
  ),
}));
