import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createMeter, type Meter } from "#local/meter/meter.ts";
import { childGuard } from "./child-guard.ts";
import type { FunctionDefinition } from "./function-definition.ts";
import {
  createLambdaHost,
  type FunctionLogLine,
  type LambdaHost,
  type LambdaHostOptions,
} from "./host.ts";

export type HostUnderTest = LambdaHost & {
  readonly meter: Meter;
  readonly lines: FunctionLogLine[];
  /** Writes the source as a bundle and registers it. */
  add: (name: string, source: string, more?: Partial<FunctionDefinition>) => void;
};

/** A host whose functions are written by the test; `stop` removes them again. */
export async function startTestHost(
  options: Partial<LambdaHostOptions> = {},
): Promise<HostUnderTest> {
  const folder = mkdtempSync(path.join(tmpdir(), "hub-lambda-test-"));
  childGuard().removeFolder(folder);
  const meter = options.meter ?? createMeter();
  const lines: FunctionLogLine[] = [];
  const host = await createLambdaHost({ onLine: (line) => lines.push(line), ...options, meter });
  return {
    ...host,
    meter,
    lines,
    add(name, source, more = {}) {
      const bundlePath = path.join(folder, `${name}-${randomUUID()}.mjs`);
      writeFileSync(bundlePath, source);
      host.register({
        name,
        bundlePath,
        handler: "handler",
        memoryMb: 256,
        timeoutSeconds: 10,
        environment: {},
        retryAttempts: 0,
        maxEventAgeSeconds: 60,
        ...more,
      });
    },
    async stop() {
      await host.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Whether a process of that id runs, stopped ones included; one that ended unnoticed does not. */
export function isAlive(pid: number): boolean {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", `${pid}`], { encoding: "utf8" });
  return stdout.trim() !== "" && !stdout.trim().startsWith("Z");
}
