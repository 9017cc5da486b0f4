/**
 * Denies itself one system call by a seccomp filter, then probes.
 *
 * Arguments: the number of the call, the errno it is to give. Prints the report.
 */
import { probeNative } from "../../../backends/native/index.ts";
import { deny } from "./deny.ts";

await deny(Number(process.argv[2]), Number(process.argv[3]));
console.log(JSON.stringify(await probeNative()));
