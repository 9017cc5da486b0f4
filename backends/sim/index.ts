/**
 * `safer-ring/sim`: the simulated kernel, and the explorer of schedules.
 *
 * Runs anywhere JavaScript runs: no native code, no Node modules.
 */
export { type Divergence, divergences } from "../emulator/divergences.ts";
export type { Fault, FaultPolicy, FaultSite } from "../emulator/host/faults.ts";
export { type KernelName, KERNELS } from "../emulator/profile/profile.ts";
export { SimBackend, type SimBackendOptions } from "./backend.ts";
export { SimDeadlock } from "./deadlock.ts";
export type { Choice } from "./explore/choice-list.ts";
export { explore } from "./explore/explore.ts";
export type {
  ExploreOptions,
  ExploreResult,
  Program,
  SimWorld,
  Violation,
  ViolationKind,
} from "./explore/types.ts";
export { SimFiles } from "./files/index.ts";
export { Branching } from "./search/branching.ts";
export { search, type Searchable, type SearchResult, type Taken } from "./search/search.ts";
export type { Scheduler } from "./scheduler.ts";
export { type SeededOptions, SeededScheduler } from "./seeded.ts";
