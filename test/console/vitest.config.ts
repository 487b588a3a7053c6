import { join } from "node:path";
import { defineConfig } from "vitest/config";

/** `npm run test:console`: the built console in a real browser, before the real api. */
export default defineConfig({
  root: join(import.meta.dirname, "..", ".."),
  test: {
    include: ["test/console/**/*.browser.test.ts"],
    globalSetup: ["test/console/global-setup.ts"],
    testTimeout: 300_000,
    hookTimeout: 120_000,
    // One browser is as much as two cores carry.
    maxWorkers: 1,
  },
});
