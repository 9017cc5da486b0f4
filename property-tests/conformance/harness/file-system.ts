/** What a scenario asks of the file system below the folder of temporary files. */
import { statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import type { ScenarioOptions } from "./chapter.ts";

const EXT4_SUPER_MAGIC = 0xef53;

/**
 * For rules about what each file system decides for itself. The simulated one is like ext4, so on
 * another one there is nothing to compare: the scenario is skipped on the real kernel.
 */
export const LIKE_EXT4: ScenarioOptions =
  statfsSync(tmpdir()).type === EXT4_SUPER_MAGIC
    ? {}
    : {
        without: { native: "temporary files are not on ext4, which the simulated files are like" },
      };
