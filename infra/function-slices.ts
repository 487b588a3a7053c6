import { settingSlices, type SliceName } from "#core/settings/settings.ts";
import type { FunctionName } from "./figures.ts";

/** Which slices of the settings each function reads, as its `layGround` asks for them. */
export const functionSlices = {
  poll: ["queue", "answering", "polling", "login", "wechat", "credentials"],
  agent: ["queue", "agent", "answering", "hermes", "ownHermes", "sending", "wechat", "credentials"],
  retry: ["queue", "schedules", "hermes", "ownHermes", "credentials", "retry", "alerts", "links"],
  api: [
    "api",
    "queue",
    "reviews",
    "schedules",
    "wechat",
    "credentials",
    "login",
    "links",
    "hermes",
    "ownHermes",
  ],
} as const satisfies Record<FunctionName, readonly SliceName[]>;

/** Read by the ground of every function. */
export const groundSlices = ["runtime", "database"] as const satisfies readonly SliceName[];

/** Every setting that the function reads, secrets too. */
export function settingNamesOf(name: FunctionName): string[] {
  return [...groundSlices, ...functionSlices[name]].flatMap((slice) =>
    Object.keys(settingSlices[slice].shape),
  );
}
