import type { FunctionName } from "./figures.ts";

/** What differs from stage to stage; everything else is the same everywhere. */
export type Stage = {
  /** `sst remove` is refused. */
  isProtected: boolean;
  /** Queues, with what waits in them, and logs outlive the removal of the stage. */
  keepsData: boolean;
  logRetentionDays: number;
  /** Unless the stage's settings name another; two stages in one database would poll one bot twice. */
  databaseName: string;
  /** Asked for where a stage shares its AWS account: a new account has ten places in all. */
  reservedConcurrency: Partial<Record<FunctionName, number>>;
  tags: Record<string, string>;
};

/** Production and staging go by these names; any other name is somebody's personal stage. */
export function stageOf(name: string): Stage {
  const stage = { reservedConcurrency: {}, tags: { project: "wechat-clawbot-hub", stage: name } };
  switch (name) {
    case "production":
      return {
        ...stage,
        isProtected: true,
        keepsData: true,
        logRetentionDays: 90,
        databaseName: "clawbot_hub",
      };
    case "staging":
      return {
        ...stage,
        isProtected: false,
        keepsData: false,
        logRetentionDays: 30,
        databaseName: "clawbot_hub_staging",
      };
    default:
      return {
        ...stage,
        isProtected: false,
        keepsData: false,
        logRetentionDays: 7,
        databaseName: `clawbot_hub_${name}`,
      };
  }
}
