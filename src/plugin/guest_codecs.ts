import type { GuestPartOptions } from "./guest_stages.ts";

/** What a codec is asked. */
export type CodeCall = readonly [
  codec: string,
  direction: "encode" | "decode",
  items: readonly unknown[],
  params: unknown,
];

/** The codecs of a guest; gives what answers calls for them. Text, as {@linkcode guestMain} is. */
export function guestCodecs(options: GuestPartOptions): (call: number, what: CodeCall) => void {
  const { send, loaded } = options;
  const { describe, ownValue } = options.kit;

  function code(
    call: number,
    [codec, direction, items, params]: CodeCall,
  ): void {
    const found = ownValue(loaded.plugin.codecs, codec);
    const results = items.map((item) => {
      try {
        if (found === undefined) throw new Error(`the plugin has no codec "${codec}"`);
        return [
          true,
          direction === "encode" ? found.encode(item as never, params) : found.decode(item as Uint8Array, params),
        ] as const;
      } catch (error) {
        return [false, describe(error)] as const;
      }
    });
    try {
      send(["coded", call, results]);
    } catch (error) {
      send(["coded", call, items.map(() => [false, describe(error)] as const)]);
    }
  }

  return code;
}
