import { configDefaults, defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{core,functions,infra,local,scripts,test}/**/*.test.ts"],
    // They need the SST platform, which `npm run test:plan` sets up, or minutes: `npm run test:soak`,
    // or the console built: `npm run test:console`.
    exclude: [
      ...configDefaults.exclude,
      "**/*.plan.test.ts",
      "**/*.soak.test.ts",
      "**/*.browser.test.ts",
    ],
    globalSetup: ["test/global-setup.ts"],
    // A machine may be several times slower than the one a test was written on.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Two stories at once keep two cores busy; more only make each other late.
    maxWorkers: 2,
  },
});
