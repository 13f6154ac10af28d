import { describeAclsApi } from "../protocol/29_describe_acls.ts";
import { createAclsApi } from "../protocol/30_create_acls.ts";
import { deleteAclsApi } from "../protocol/31_delete_acls.ts";
import { ERROR } from "../protocol/error_codes.ts";
import { defineHandler } from "./handler.ts";

/** There are no access lists: whoever reaches the broker may do all. Clients are told so in the words of Kafka. */
const disabled = { errorCode: ERROR.SECURITY_DISABLED, errorMessage: "No Authorizer is configured." };

/** DescribeAcls: refused. */
export const describeAcls = defineHandler(describeAclsApi, () => disabled);
/** CreateAcls: refused. */
export const createAcls = defineHandler(createAclsApi, ({ creations }) => ({ results: creations.map(() => disabled) }));
/** DeleteAcls: refused. */
export const deleteAcls = defineHandler(
  deleteAclsApi,
  ({ filters }) => ({ filterResults: filters.map(() => disabled) }),
);
