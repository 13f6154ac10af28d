import { apiVersionsApi } from "../protocol/18_api_versions.ts";
import { ERROR } from "../protocol/error_codes.ts";
import { defineHandler } from "./handler.ts";

/** ApiVersions: what is served. A version that is not is answered in version 0 by the connection (KIP-511). */
export const apiVersions = defineHandler(apiVersionsApi, (_request, { served }) => ({
  errorCode: ERROR.NONE,
  apiKeys: served.map(({ key, min, max }) => ({ apiKey: key, minVersion: advertised(key, min), maxVersion: max })),
}));

/** Clients look for these versions and turn features off without them; they are refused when they come. */
function advertised(key: number, min: number): number {
  return key === 0 || key === 2 ? 0 : min;
}
