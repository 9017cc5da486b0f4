/**
 * Ending early and cleanly: a signal to the process becomes an abort, the work cleans up,
 * and then the process dies of that signal.
 *
 * Dying of it, rather than exiting with 130, is what tells a shell to end its loop too. A
 * second signal is not waited for: the default action ends the process at once.
 */

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Runs `work` with a signal that is aborted when the process is asked to end. */
export async function withInterrupt<Result>(
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  let caught: NodeJS.Signals | undefined;
  const listener = (name: NodeJS.Signals): void => {
    caught = name;
    stop();
    controller.abort();
  };
  const stop = (): void => {
    for (const name of SIGNALS) process.off(name, listener);
  };
  for (const name of SIGNALS) process.on(name, listener);
  try {
    return await work(controller.signal);
  } finally {
    stop();
    if (caught !== undefined) process.kill(process.pid, caught);
  }
}
