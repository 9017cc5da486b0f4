/** The working folder of a program, which is its root directory: made new, and looked at. */
import {
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { fileContent } from "../fixtures.ts";
import { type FileTrace, isNoText } from "../trace.ts";

/** Content beyond this is not compared, but for the size. */
export const CONTENT_BYTES_MAX = 0x1_0000;

const ROOT = Buffer.from("/");

/** Empties the folder and makes what every program finds: "f", "r" and "d". */
export function renewFolder(): void {
  for (const name of readdirSync("/", "buffer")) {
    rmSync(Buffer.concat([ROOT, name]), { recursive: true, force: true });
  }
  for (const name of ["f", "r"]) {
    const fd = openSync(`/${name}`, "wx", 0o644);
    writeSync(fd, fileContent());
    closeSync(fd);
  }
  mkdirSync("/d", 0o755);
}

/** Everything in the folder, in the order of the paths. */
export function listFolder(folder = "/"): FileTrace[] {
  return readdirSync(folder)
    .sort()
    .flatMap((name) => describe(join(folder, name)));
}

function describe(path: string): FileTrace[] {
  if (isNoText(path)) return [{ path, content: "", size: 0 }];
  const stat = lstatSync(path);
  const mode = (stat.mode & 0o7777).toString(8);
  if (stat.isDirectory()) {
    return [{ path, content: `directory ${mode}`, size: 0 }, ...listFolder(path)];
  }
  if (stat.isSymbolicLink()) return [{ path, content: "link", size: 0 }];
  if (!stat.isFile()) return [{ path, content: `other ${mode}`, size: 0 }];
  const content = stat.size > CONTENT_BYTES_MAX ? "long" : readFileSync(path).toString("base64");
  return [{ path, content: `file ${mode} ${content}`, size: stat.size }];
}
