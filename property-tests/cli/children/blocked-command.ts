/**
 * The command where one system call is denied.
 *
 * Arguments: the number of the call, the errno it is to give, and a command line.
 */
import { deny } from "../../native/children/deny.ts";

const [call, errno] = process.argv.splice(2, 2);
await deny(Number(call), Number(errno));
await import("../../../src/cli/main.ts");
