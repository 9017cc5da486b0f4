/** What a program may do to its own pages, through libc. */
import {
  MAP_ANONYMOUS,
  MAP_FIXED,
  MAP_PRIVATE,
  PROT_READ,
  PROT_WRITE,
} from "../../spec/abi/linux.ts";
import { kit } from "./native-descriptors.ts";

const mmap = kit.bind("intptr_t mmap(intptr_t, size_t, int, int, int, intptr_t)");
const mprotect = kit.bind("int mprotect(intptr_t, size_t, int)");

/** Throws away what is mapped in the range of whole pages, and maps new pages there. */
export function remapPages(address: number, byteLength: number): void {
  const flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
  const result = mmap(address, byteLength, PROT_READ | PROT_WRITE, flags, -1, 0);
  if (result !== address) throw new Error(`mmap gave ${result}`);
}

/** Says what may be done with the range of whole pages: PROT_* together. */
export function protectPages(address: number, byteLength: number, protection: number): void {
  const result = mprotect(address, byteLength, protection);
  if (result !== 0) throw new Error(`mprotect gave errno ${-result}`);
}
