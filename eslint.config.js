/**
 * What the compiler does not see: unawaited promises, `any` by the back door, functions that are
 * too long, and clocks or randomness where the result has to be the same every time.
 *
 * Import boundaries are in `.dependency-cruiser.cjs`, layout in prettier, the rest of the house
 * rules in `property-tests/house-rules/`.
 */
import js from "@eslint/js";
import tseslint from "typescript-eslint";

/** What runs in a browser, and gives the same result every time: no `node:`, no clock, no dice. */
const PURE = [
  "spec/**/*.ts",
  "src/queue/**/*.ts",
  "backends/emulator/**/*.ts",
  "backends/sim/**/*.ts",
];

/** What is packed for users. */
const SHIPPED = ["src/**/*.ts", "spec/**/*.ts", "backends/**/*.ts"];

/** Tests, and what only tests use. */
const TESTS = ["**/*.test.ts", "**/testing/**/*.ts", "property-tests/**/*.ts"];

/** The one pure file that may turn the event loop, so that promises settle. */
const PUMP = "backends/sim/pump.ts";

const banned = (names, message) => names.map((name) => ({ name, message }));

const CLOCKS = banned(
  ["Date", "performance"],
  "Time comes through the Clock that the caller gave: the same seed must give the same trace.",
);
const TIMERS = banned(
  ["setTimeout", "setInterval", "clearTimeout", "clearInterval"],
  "Nothing waits for real time here: offer a timer event to the Host.",
);
const TURNS = banned(
  ["setImmediate", "clearImmediate", "MessageChannel"],
  "Only backends/sim/pump.ts may turn the event loop.",
);
const NODE_GLOBALS = banned(
  ["process", "Buffer", "global", "require", "module", "__dirname", "__filename"],
  "This folder runs in a browser.",
);
const DICE = banned(["crypto"], "Randomness comes from the seeded generator.");

const bannedProperties = [
  {
    object: "Math",
    property: "random",
    message: "Randomness comes from the seeded generator, so that a run can be replayed.",
  },
  ...["Date", "performance", "setTimeout", "setInterval", "setImmediate", "process", "Buffer"].map(
    (property) => ({
      object: "globalThis",
      property,
      message: "Reached by another name, and still banned here.",
    }),
  ),
];

const bannedSyntax = [
  {
    selector: "ImportExpression[source.type!='Literal']",
    message: "Name the module in the import: the check of the dependency rule reads it there.",
  },
  {
    selector: "TSEnumDeclaration",
    message: "Use an `as const` object and a union type.",
  },
];

export default tseslint.config(
  {
    ignores: ["dist/", "coverage/", "node_modules/", "bench/results/", ".vitest/"],
  },
  {
    linterOptions: { reportUnusedDisableDirectives: "error", reportUnusedInlineConfigs: "error" },
  },
  js.configs.recommended,
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ["vitest.config.ts"] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      "@typescript-eslint/no-floating-promises": [
        "error",
        { ignoreVoid: false, checkThenables: true },
      ],
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true },
      ],
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowNumber: true, allowBoolean: true },
      ],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/no-unnecessary-condition": [
        "error",
        { allowConstantLoopConditions: "only-allowed-literals" },
      ],
      "@typescript-eslint/no-unused-vars": [
        "error",
        // `Id` is the identity of a ring: a class declares it for the interface merged with it.
        { argsIgnorePattern: "^_", varsIgnorePattern: "^(_|Id$)", caughtErrors: "none" },
      ],
      // `typeof import("koffi")` is the type of what is loaded lazily.
      "@typescript-eslint/consistent-type-imports": ["error", { disallowTypeAnnotations: false }],
      // Brands are interfaces merged with a class, and states are types over one class: to this
      // library `interface X extends Brand {}` and an owned buffer's states are not mistakes.
      "@typescript-eslint/no-empty-object-type": [
        "error",
        { allowInterfaces: "with-single-extends" },
      ],
      "@typescript-eslint/no-unsafe-class-instance-assignment": "off",
      "@typescript-eslint/prefer-readonly": "error",
      // An export has its type written out (isolatedDeclarations), and a field may too.
      "@typescript-eslint/no-inferrable-types": "off",
      // An empty body says "nothing to do" where an interface asks for a method.
      "@typescript-eslint/no-empty-function": "off",
      // It would have `x as number` written `x!`, which is refused.
      "@typescript-eslint/non-nullable-type-assertion-style": "off",
      // Loops over ring memory are written with an index: they are the hot paths.
      "@typescript-eslint/prefer-for-of": "off",
      // A backend's method may be async because the seam says so.
      "@typescript-eslint/require-await": "off",
      "no-restricted-syntax": ["error", ...bannedSyntax],
      "no-restricted-exports": [
        "error",
        {
          restrictDefaultExports: {
            direct: true,
            named: true,
            defaultFrom: true,
            namedFrom: true,
            namespaceFrom: true,
          },
        },
      ],
      eqeqeq: "error",
      curly: ["error", "multi-line", "consistent"],
      "object-shorthand": "error",
      "prefer-const": "error",
      "no-var": "error",
      "max-depth": ["error", 4],
      "max-params": ["error", 8],
      "max-lines": ["error", { max: 600, skipBlankLines: false, skipComments: false }],
      "max-lines-per-function": ["error", { max: 70, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: SHIPPED,
    ignores: [...TESTS, "src/cli/**"],
    rules: { "no-console": "error" },
  },
  {
    // Tables grow with the kernel, line by line.
    files: ["spec/**/*.ts"],
    rules: { "max-lines": "off" },
  },
  {
    files: PURE,
    ignores: TESTS,
    rules: {
      "no-restricted-imports": [
        "error",
        { patterns: [{ group: ["node:*"], message: "This folder runs in a browser." }] },
      ],
      "no-restricted-globals": ["error", ...CLOCKS, ...TIMERS, ...TURNS, ...NODE_GLOBALS, ...DICE],
      "no-restricted-properties": ["error", ...bannedProperties],
    },
  },
  {
    files: [PUMP],
    rules: {
      "no-restricted-globals": ["error", ...CLOCKS, ...TIMERS, ...NODE_GLOBALS, ...DICE],
      "no-restricted-properties": [
        "error",
        ...bannedProperties.filter(({ property }) => property !== "setImmediate"),
      ],
    },
  },
  {
    files: TESTS,
    rules: {
      "max-lines-per-function": "off",
      "max-params": "off",
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/unbound-method": "off",
      // What JSON.parse and the matchers of vitest give is compared, not used.
      "@typescript-eslint/no-unsafe-assignment": "off",
    },
  },
  {
    // tsd reads these against the built package: they are programs that must not compile.
    files: ["type-tests/**/*.ts"],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: { parserOptions: { projectService: false } },
    rules: {
      "@typescript-eslint/no-unused-vars": "off",
      "@typescript-eslint/no-unused-expressions": "off",
      "max-lines": "off",
      "max-lines-per-function": "off",
    },
  },
  {
    files: ["eslint.config.js", "vitest.config.ts"],
    rules: { "no-restricted-exports": "off", "max-lines-per-function": "off" },
  },
  {
    files: ["**/*.js", "**/*.mjs", "**/*.cjs"],
    languageOptions: {
      globals: {
        process: "readonly",
        console: "readonly",
        URL: "readonly",
        performance: "readonly",
        setTimeout: "readonly",
        clearTimeout: "readonly",
      },
    },
  },
  {
    files: ["**/*.cjs"],
    languageOptions: {
      sourceType: "commonjs",
      globals: { module: "writable", require: "readonly", __dirname: "readonly" },
    },
  },
);
