/** The file that a SPLICE or TEE reads from, while the request runs. */
import type { FileNode } from "./file-table.ts";
import type { OpenFile } from "../host/host.ts";

/** Holds a reference to the file: by itself, or through the slot that it was found in. */
export class SpliceInput {
  readonly file: OpenFile;
  readonly node: FileNode | undefined;

  constructor(file: OpenFile, node: FileNode | undefined) {
    this.file = file;
    this.node = node;
  }
}
