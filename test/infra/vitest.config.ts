import { join } from "node:path";
import { defineConfig } from "vitest/config";

/** `npm run test:plan`: looks at what a deployment would make; needs the SST platform. */
export default defineConfig({
  root: join(import.meta.dirname, "..", ".."),
  test: {
    include: ["test/infra/**/*.plan.test.ts"],
    globalSetup: ["test/infra/plan-setup.ts"],
    testTimeout: 60_000,
    maxWorkers: 2,
  },
});
