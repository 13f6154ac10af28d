import { TinmanError } from "../errors/mod.ts";

/** `--compress`, the same for every command that makes a recording. */
export const compressFlag = {
  type: "boolean",
  summary: "Compress the .mcap file with zstd (a folder has no compression)",
} as const;

/**
 * What `--compress` means for a recording at `place`, as the user named it; true stands for a folder that has no name.
 *
 * @throws {TinmanError} `USAGE` where nothing is recorded, or into a folder; `fix` is what to write instead.
 */
export function readCompress(
  wanted: boolean,
  { place, fix }: { readonly place: string | true | undefined; readonly fix: string },
): { readonly compress?: "zstd" } {
  if (!wanted) return {};
  if (typeof place === "string" && /\.mcap$/i.test(place)) return { compress: "zstd" };
  const why = place === undefined ? "nothing is recorded" : "a folder has no compression, one .mcap file has";
  throw new TinmanError("USAGE", `Cannot use --compress: ${why}`, { argument: "--compress", hint: fix });
}
