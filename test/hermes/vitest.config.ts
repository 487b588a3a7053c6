import { defineConfig } from "vitest/config";

const common = { testTimeout: 60_000, hookTimeout: 180_000 };

/** `npm run test:hermes`: what needs the real Hermes, apart from the default run. */
export default defineConfig({
  test: {
    // A gateway and a whole hub share two cores; side by side they only make each other late.
    fileParallelism: false,
    projects: [
      {
        test: {
          ...common,
          name: "contract",
          include: ["test/hermes/**/*.contract.ts"],
          globalSetup: ["test/hermes/global-setup.ts"],
        },
      },
      {
        test: {
          ...common,
          name: "hub",
          include: ["test/hermes/**/*.story.ts"],
          globalSetup: ["test/hermes/global-setup.ts", "test/global-setup.ts"],
        },
      },
    ],
  },
});
