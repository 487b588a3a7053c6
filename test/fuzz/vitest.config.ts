import { defineConfig } from "vitest/config";

/** `npm run test:fuzz`: made-up requests to every route of the api, for minutes. */
export default defineConfig({
  test: {
    include: ["test/fuzz/**/*.fuzz.ts"],
    globalSetup: ["test/global-setup.ts"],
    testTimeout: 1_800_000,
    hookTimeout: 600_000,
  },
});
