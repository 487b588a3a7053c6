import { join } from "node:path";
import { defineConfig } from "vitest/config";

/** `npm run test:soak`: long runs, one at a time, since each wants the machine for itself. */
export default defineConfig({
  root: join(import.meta.dirname, "..", ".."),
  test: {
    include: ["test/soak/**/*.soak.test.ts"],
    globalSetup: ["test/global-setup.ts"],
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 120_000,
  },
});
