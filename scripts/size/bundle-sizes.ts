import { readFile } from "node:fs/promises";
import { deflateRawSync } from "node:zlib";
import type { Metafile } from "esbuild";

export type BundleSize = {
  name: string;
  bytes: number;
  zipBytes: number;
  /** What it is made of, the largest first: a package's name or a folder of ours, and its bytes. */
  parts: { name: string; bytes: number }[];
};

function zippedBytes(code: Buffer): number {
  return deflateRawSync(code, { level: 9 }).length + zipFrameBytes;
}

/** Directory entry and local header of a file in a zip; the names are short. */
const zipFrameBytes = 300;

/** How large a function's files are in the zip that is uploaded, and what is in them. */
export async function sizeOf(name: string, metafile: Metafile): Promise<BundleSize> {
  const files = Object.keys(metafile.outputs).filter((file) => file.endsWith(".mjs"));
  const codes = await Promise.all(files.map((file) => readFile(file)));
  const parts = new Map<string, number>();
  for (const { inputs } of Object.values(metafile.outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const part = partOf(path);
      parts.set(part, (parts.get(part) ?? 0) + bytesInOutput);
    }
  }
  return {
    name,
    bytes: codes.reduce((sum, code) => sum + code.length, 0),
    zipBytes: codes.reduce((sum, code) => sum + zippedBytes(code), 0),
    parts: [...parts]
      .map(([part, bytes]) => ({ name: part, bytes }))
      .toSorted((a, b) => b.bytes - a.bytes),
  };
}

/** `node_modules/@aws-sdk/core/…` belongs to `@aws-sdk/core`, and all of `core/` is one part. */
function partOf(path: string): string {
  const [, name] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path) ?? [];
  return name ?? `${path.split("/")[0]}/`;
}
