import { defineApi } from "./api.ts";
import { array, boolean, int16, int32, int64, since, string, tagged } from "./fields.ts";
import { struct } from "./struct.ts";

/** ApiVersions (18), versions 0 to 4. A version that is not spoken is answered in version 0 (KIP-511). */
export const apiVersionsApi = defineApi({
  key: 18,
  name: "ApiVersions",
  versions: [0, 4],
  flexibleFrom: 3,
  request: { clientSoftwareName: since(3, string), clientSoftwareVersion: since(3, string) },
  response: {
    errorCode: int16,
    apiKeys: array(struct({ apiKey: int16, minVersion: int16, maxVersion: int16 })),
    throttleTimeMs: since(1, int32),
    supportedFeatures: tagged(
      0,
      3,
      array(struct({ name: string, minVersion: int16, maxVersion: int16 })),
    ),
    finalizedFeaturesEpoch: tagged(1, 3, int64, -1),
    finalizedFeatures: tagged(
      2,
      3,
      array(struct({ name: string, maxVersionLevel: int16, minVersionLevel: int16 })),
    ),
    zkMigrationReady: tagged(3, 3, boolean),
  },
});
