/** Probes and prints the report. With an argument: after all descriptors but one are used up. */
import { openSync, closeSync } from "node:fs";
import { openNativeBackend, probeNative } from "../../../backends/native/index.ts";

function useDescriptors(): void {
  const opened: number[] = [];
  try {
    for (;;) opened.push(openSync("/dev/null", "r"));
  } catch {
    closeSync(opened.pop() ?? -1);
  }
}

if (process.argv[2] !== undefined) {
  await openNativeBackend();
  useDescriptors();
}
console.log(JSON.stringify(await probeNative()));
