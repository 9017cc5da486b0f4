/** Builds the package once for all property tests of a run. */
import { rmSync } from "node:fs";
import type { TestProject } from "vitest/node";
import { makeBuild } from "./command.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** Folder of the build, for `new Build(inject("build"))`. */
    readonly build: string;
  }
}

/** Called by vitest before the first file; what it returns is called after the last. */
export function setup({ provide }: TestProject): () => void {
  const folder = makeBuild();
  provide("build", folder);
  return () => {
    rmSync(folder, { recursive: true, force: true });
  };
}
