/**
 * The dependency rule, as data.
 *
 *   spec  <-  src/queue, backends/*  <-  (nothing of src but the seam)
 *   src   ->  a concrete backend in one file only, by dynamic import
 *
 * Type-only imports count like any other: a folder that needs another's types depends on it.
 * `property-tests/house-rules/dependency-rule.test.ts` sees every rule below refuse something.
 */

/**
 * Tests, and what only tests use, stand beside their file. They are not packed, and may reach
 * anywhere.
 */
const TEST = ["\\.test\\.ts$", "/testing/"];

/** What users get. */
const SHIPPED = "^(src|spec|backends)/";

/** Where users come in: `exports` and `bin` of package.json. */
const ENTRY =
  "^(src/(index|queue/index|cli/main)|spec/index|backends/(sim|native|epoll)/index)\\.ts$";

/** What runs in a browser. */
const PURE = "^(spec|src/queue|backends/(emulator|sim))/";

const NPM = ["npm", "npm-dev", "npm-optional", "npm-peer", "npm-no-pkg", "npm-unknown"];

/** Files of `folder`, tests apart, may import these of the repository's own files and no others. */
function only(name, folder, allowed, comment) {
  return {
    name,
    comment,
    severity: "error",
    from: { path: folder, pathNot: TEST },
    to: {
      pathNot: [...allowed, "node_modules/"],
      dependencyTypesNot: ["core", ...NPM],
      couldNotResolve: false,
    },
  };
}

/** @type {import("dependency-cruiser").IConfiguration} */
module.exports = {
  forbidden: [
    only(
      "spec-imports-spec",
      "^spec/",
      ["^spec/"],
      "spec/ is data: it imports nothing but itself.",
    ),
    only(
      "queue-imports-seam",
      "^src/queue/",
      ["^spec/", "^src/queue/", "^src/(backend|errors)\\.ts$"],
      "The ring driver knows the ABI, the seam and the errors.",
    ),
    {
      name: "src-knows-no-backend",
      comment: "A backend is reached through the seam; src/pick-backend.ts alone picks one.",
      severity: "error",
      from: { path: "^src/", pathNot: ["^src/pick-backend\\.ts$", ...TEST] },
      to: { path: "^backends/" },
    },
    {
      name: "picker-imports-lazily",
      comment: "A static import would put koffi and the simulator into every program.",
      severity: "error",
      from: { path: "^src/pick-backend\\.ts$" },
      to: { path: "^backends/", dynamic: false, dependencyTypesNot: ["type-only"] },
    },
    only(
      "native-imports-seam",
      "^backends/native/",
      ["^spec/", "^src/backend\\.ts$", "^backends/native/"],
      "A backend knows the ABI and the seam, and no other backend.",
    ),
    only(
      "emulator-imports-seam",
      "^backends/emulator/",
      ["^spec/", "^src/backend\\.ts$", "^backends/emulator/"],
      "The emulator does not know on which Host it stands.",
    ),
    only(
      "host-imports-emulator",
      "^backends/(sim|epoll)/",
      ["^spec/", "^src/backend\\.ts$", "^backends/emulator/", "^backends/$1/"],
      "A Host of the emulator knows the emulator, and not the other Host.",
    ),
    {
      name: "backends-are-known",
      comment: "A new backend needs a rule of its own in this file.",
      severity: "error",
      from: { path: "^backends/", pathNot: ["^backends/(native|emulator|sim|epoll)/", ...TEST] },
      to: {},
    },
    {
      name: "no-node-modules-in-pure-folders",
      comment: "spec, src/queue, the emulator and the simulated kernel run in a browser.",
      severity: "error",
      from: { path: PURE, pathNot: TEST },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "koffi-in-two-backends",
      comment: "koffi is optional: only what talks to the real kernel may ask for it.",
      severity: "error",
      from: { path: SHIPPED, pathNot: ["^backends/(native|epoll)/", ...TEST] },
      to: { path: "(^|/)koffi(/|$)" },
    },
    {
      name: "koffi-is-loaded-lazily",
      comment: "Where koffi is not installed the module must still load, and say so.",
      severity: "error",
      from: { path: "^backends/(native|epoll)/", pathNot: TEST },
      to: {
        path: "(^|/)koffi(/|$)",
        dynamic: false,
        dependencyTypesNot: ["type-only", "type-import"],
      },
    },
    {
      name: "no-other-package",
      comment: "The package has two dependencies, both optional.",
      severity: "error",
      from: { path: SHIPPED, pathNot: TEST },
      to: { dependencyTypes: NPM, pathNot: "(^|/)(koffi|cli-progress)(/|$)" },
    },
    {
      name: "cli-progress-in-the-command",
      comment: "Only the command draws on a terminal.",
      severity: "error",
      from: { path: SHIPPED, pathNot: ["^src/cli/", ...TEST] },
      to: { path: "(^|/)cli-progress(/|$)" },
    },
    {
      name: "shipped-imports-shipped",
      comment: "What is packed cannot import what is not.",
      severity: "error",
      from: { path: SHIPPED, pathNot: TEST },
      to: { path: ["^(property-tests|type-tests|bench|examples|scripts|dist)/", ...TEST] },
    },
    {
      name: "no-dead-files",
      comment: "No entry point reaches the file: nobody can use it.",
      severity: "error",
      from: { path: ENTRY },
      to: { path: SHIPPED, pathNot: [ENTRY, ...TEST], reachable: false },
    },
    {
      name: "no-cycles",
      comment: "Two files that import each other are one file, or three.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "no-unresolved",
      comment: "The other rules cannot judge what is not found.",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: ["node_modules", "^(dist|coverage)/"] },
    // Tests write packages and programs in there, and take them away again.
    exclude: { path: "^\\.vitest(/|$)" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    detectJSDocImports: true,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
      extensions: [".ts", ".mjs", ".js", ".cjs", ".d.ts"],
    },
  },
};
