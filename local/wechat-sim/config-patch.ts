import type { z } from "zod";
import { WechatSimConfig } from "./config.ts";

export type PartialDeep<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { [K in keyof T]?: PartialDeep<T[K]> }
    : T;
export type ConfigPatch = PartialDeep<z.input<typeof WechatSimConfig>>;

/**
 * The config that results from a patch; lists and refusals are replaced whole.
 * Throws a ZodError that names every wrong field; the config given is never changed.
 */
export function patchConfig(config: WechatSimConfig, patch: unknown): WechatSimConfig {
  return WechatSimConfig.parse(merge(config, patch));
}

/** One patch that does what two do one after the other. */
export function joinPatches(
  first: Readonly<Record<string, unknown>>,
  second: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const joined: Record<string, unknown> = { ...first };
  for (const [key, value] of Object.entries(second)) joined[key] = merge(first[key], value);
  return joined;
}

function merge(base: unknown, patch: unknown): unknown {
  if (patch === undefined) return base;
  if (!isRecord(base) || !isRecord(patch) || "style" in patch) return patch;
  return joinPatches(base, patch);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
