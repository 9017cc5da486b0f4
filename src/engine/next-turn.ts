/**
 * "Later, after the event loop had its say": `setImmediate` where there is one
 * (Node), a message to oneself elsewhere.
 */

/** Runs `task` in a turn of its own, after timers and I/O callbacks that are due. */
export const nextTurn: (task: () => void) => void = choose();

function choose(): (task: () => void) => void {
  const { setImmediate } = globalThis as { setImmediate?: (task: () => void) => unknown };
  if (setImmediate !== undefined) {
    return (task) => {
      setImmediate(task);
    };
  }
  return (task) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      task();
    };
    port2.postMessage(0);
  };
}
