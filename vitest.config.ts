/**
 * Which tests belong together, so that one kind can be run alone: `vitest run --project unit`.
 *
 * The conformance files are the same in both of their projects; the harness that they share
 * reads SAFER_RING_CONFORMANCE ("sim", "native") to know which kernel to stand on, and runs on
 * every one present when it is not set.
 */
import { configDefaults, defineConfig, type TestProjectInlineConfiguration } from "vitest/config";

const source = (path: string): string => new URL(path, import.meta.url).pathname;

function project(
  name: string,
  include: string[],
  more: TestProjectInlineConfiguration["test"] = {},
): TestProjectInlineConfiguration {
  return { extends: true, test: { name, include, ...more } };
}

export default defineConfig({
  resolve: {
    // A test that imports the package by name means its source, as in tsconfig.json.
    alias: [
      { find: /^safer-ring$/, replacement: source("src/index.ts") },
      { find: /^safer-ring\/queue$/, replacement: source("src/queue/index.ts") },
      { find: /^safer-ring\/spec$/, replacement: source("spec/index.ts") },
      { find: /^safer-ring\/(sim|native)$/, replacement: source("backends/$1/index.ts") },
    ],
  },
  test: {
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 120_000,
    projects: [
      project("unit", ["{src,spec,backends}/**/*.test.ts"]),
      project("property", ["property-tests/**/*.test.ts"], {
        exclude: [
          ...configDefaults.exclude,
          "property-tests/conformance/**",
          "property-tests/house-rules/**",
        ],
        testTimeout: 120_000,
        globalSetup: ["property-tests/cli/build.ts"],
      }),
      project("conformance-sim", ["property-tests/conformance/**/*.test.ts"], {
        env: { SAFER_RING_CONFORMANCE: "sim" },
      }),
      project("conformance-native", ["property-tests/conformance/**/*.test.ts"], {
        env: { SAFER_RING_CONFORMANCE: "native" },
      }),
      project("house-rules", ["property-tests/house-rules/**/*.test.ts"], { testTimeout: 120_000 }),
    ],
  },
});
