/** Builds an operation from what is special about it. */
import { type Operation, PLACEMENT_INLINE } from "../core.ts";

/**
 * What Linux has inside for "start again after the signal": 6.18 lets it out where a worker is
 * interrupted that waits in a way that no poll knows of (CANCEL-14).
 */
export const ERESTARTSYS = 512;

/** What every operation has to say; the rest has a usual value. */
export type OperationDefinition = Pick<Operation, "name" | "prepare" | "execute"> &
  Partial<Operation>;

/** The usual operation has no file, no ioprio, selects no buffer, and completes at submit. */
export function defineOperation(definition: OperationDefinition): Operation {
  return {
    needsFile: false,
    takesIoprio: false,
    takesBufferSelect: false,
    placement: PLACEMENT_INLINE,
    waitEvents: 0,
    ...definition,
  };
}
