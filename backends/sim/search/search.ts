/**
 * Visits every state that a system can reach, each once: depth first, over a set of states.
 *
 * What `explore` cannot do for a program of promises, whose state nobody can read, this does for
 * anything that can go back to a state it was in, and whose state can be written down. The kernel
 * is such a thing (`Kernel.save`), and so is a program that is a table of steps.
 *
 * It is as sound as the key: two states with one key must have the same future.
 */
import { Branching } from "./branching.ts";
import { StateSet } from "./state-set.ts";

/** A system that is in one state at a time, and can go back. */
export interface Searchable {
  /** How many words of 32 bits `writeKey` writes. */
  readonly keyWords: number;
  /** Writes down the present state, all words of it. */
  writeKey(into: Int32Array): void;
  /**
   * Appends what can happen next to the empty list `into`, as numbers that mean the same whenever
   * the state is this one.
   */
  listSteps(into: number[]): void;
  /** Lets `step` happen, with everything that follows at once; choices are asked of `branching`. */
  take(step: number, branching: Branching): void;
  /** Keeps the present state under `level`, in place of what was kept there. */
  save(level: number): void;
  /** Goes back to what was kept under `level`. */
  restore(level: number): void;
  /** What is wrong with the present state, or undefined. */
  problem(): string | undefined;
}

/** One transition on the way to a state. */
export interface Taken {
  readonly step: number;
  /** The options that were chosen within it, in the order of the questions. */
  readonly choices: readonly number[];
}

/** What a search found. */
export interface SearchResult {
  /** Distinct states, the first one included. */
  readonly states: number;
  /** Transitions between them: one for each step of each state and each way its choices can go. */
  readonly transitions: number;
  /** States in which nothing can happen. */
  readonly ends: number;
  /** Whether there was nothing left to visit. */
  readonly complete: boolean;
  /** The first state that had something wrong with it, and a way there. */
  readonly violation?: { readonly message: string; readonly path: readonly Taken[] };
}

/** A state on the way to the present one. */
interface Level {
  readonly steps: number[];
  /** Place in `steps` of the one that is taken now; -1 before the first. */
  place: number;
  readonly branching: Branching;
  /** The system is not in this level's state any more. */
  left: boolean;
}

/**
 * Searches everything that can be reached from the present state of `system`.
 *
 * @param maxStates - stops when so many states were found; the result then is not complete
 */
export function search(system: Searchable, maxStates: number = Infinity): SearchResult {
  const found = new StateSet(system.keyWords);
  const key = new Int32Array(system.keyWords);
  const levels: Level[] = [];
  let transitions = 0;
  let ends = 0;
  let depth = -1;

  const visit = (): string | undefined => {
    depth += 1;
    if (!enter(system, levels, depth)) {
      ends += 1;
      depth -= 1;
    }
    return system.problem();
  };
  const result = (complete: boolean, message?: string): SearchResult => {
    const violation = message === undefined ? {} : { violation: { message, path: path(levels) } };
    return { states: found.size, transitions, ends, complete, ...violation };
  };

  system.writeKey(key);
  found.add(key);
  let problem = visit();
  while (depth >= 0 && problem === undefined && found.size < maxStates) {
    const level = levels[depth] as Level;
    if (!advance(level)) {
      depth -= 1;
      continue;
    }
    if (level.left) system.restore(depth);
    level.left = true;
    system.take(level.steps[level.place] as number, level.branching);
    transitions += 1;
    system.writeKey(key);
    if (found.add(key)) problem = visit();
  }
  levels.length = Math.max(depth + 1, 0);
  return result(depth < 0 && problem === undefined, problem);
}

/** Makes the present state that of level `depth`. False when nothing can happen in it. */
function enter(system: Searchable, levels: Level[], depth: number): boolean {
  const level = (levels[depth] ??= {
    steps: [],
    place: -1,
    branching: new Branching(),
    left: false,
  });
  while (level.steps.length > 0) level.steps.pop();
  system.listSteps(level.steps);
  level.place = -1;
  if (level.steps.length === 0) return false;
  level.branching.clear();
  level.left = false;
  system.save(depth);
  return true;
}

/** Goes on to the next way to leave the state of `level`. False when all were taken. */
function advance(level: Level): boolean {
  if (level.branching.advance()) return true;
  level.place += 1;
  level.branching.clear();
  return level.place < level.steps.length;
}

function path(levels: readonly Level[]): Taken[] {
  return levels
    .filter(({ place }) => place >= 0)
    .map(({ steps, place, branching }) => ({
      step: steps[place] as number,
      choices: branching.taken,
    }));
}
