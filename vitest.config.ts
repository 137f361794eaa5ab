import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["{apps,libs}/*/src/**/*.test.ts", "test/unit/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "guest",
          include: ["test/guest/**/*.test.ts"],
          globalSetup: ["test/harness/global-setup.ts"],
          setupFiles: ["test/harness/setup.ts"],
          // A booted guest has no deadline of its own; this one only ends a run that hangs.
          testTimeout: 900_000,
          hookTimeout: 900_000,
          maxWorkers: 2,
          // Of one file: where tests say that they may run beside one another.
          maxConcurrency: 2,
        },
      },
      {
        test: {
          name: "registry",
          include: ["test/registry/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
