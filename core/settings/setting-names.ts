import { settingSlices } from "./settings.ts";

/** Every setting's name, in the order of `settings.ts`. */
export const settingNames: readonly string[] = Object.values(settingSlices).flatMap((slice) =>
  Object.keys(slice.shape),
);
