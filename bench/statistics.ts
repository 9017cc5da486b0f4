/**
 * A middle and how far values lie around it. No means: one disturbed round must not move the
 * figure.
 */
export interface Summary {
  readonly median: number;
  /** A quarter of the values lies below, a quarter above. */
  readonly lowerQuartile: number;
  readonly upperQuartile: number;
  readonly values: readonly number[];
}

/** @param values - at least one */
export function summarize(values: readonly number[]): Summary {
  const sorted = [...values].sort((left, right) => left - right);
  return {
    median: quantile(sorted, 0.5),
    lowerQuartile: quantile(sorted, 0.25),
    upperQuartile: quantile(sorted, 0.75),
    values,
  };
}

/** The value below which `fraction` of the sorted values lies, between neighbours if need be. */
function quantile(sorted: readonly number[], fraction: number): number {
  const position = (sorted.length - 1) * fraction;
  const below = sorted[Math.floor(position)] ?? NaN;
  const above = sorted[Math.ceil(position)] ?? NaN;
  return below + (above - below) * (position - Math.floor(position));
}
