/** The simulated kernel's files, pipes and sockets. */
export { SimFiles, type SimFilesOptions } from "./files.ts";
