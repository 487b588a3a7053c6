import { access, constants } from "node:fs/promises";
import path from "node:path";

/** The full path of a program on the PATH, or undefined when there is none. */
export async function findOnPath(
  program: string,
  searchPath: string | undefined,
): Promise<string | undefined> {
  for (const folder of (searchPath ?? "").split(path.delimiter)) {
    const candidate = path.join(folder, program);
    if (folder !== "" && (await isExecutable(candidate))) return candidate;
  }
  return undefined;
}

function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
