/** A seccomp filter that this process puts on itself. */
import { openNativeBackend } from "../../../backends/native/index.ts";
import { nativeTestKit } from "../../../backends/native/testing/kit.ts";

const PR_SET_NO_NEW_PRIVS = 38;
const PR_SET_SECCOMP = 22;
const SECCOMP_MODE_FILTER = 2;

// Classic BPF: load a word, jump if equal, return (linux/filter.h, linux/seccomp.h).
const LOAD_WORD = 0x20;
const JUMP_IF_EQUAL = 0x15;
const RETURN = 0x06;
const SECCOMP_RET_ERRNO = 0x00050000;
const SECCOMP_RET_ALLOW = 0x7fff0000;

/** struct sock_filter: code, jump when true, jump when false, operand. */
type Instruction = readonly [number, number, number, number];

/** From here on the system call of that number gives `errno` to this thread. */
export async function deny(call: number, errno: number): Promise<void> {
  const program: readonly Instruction[] = [
    [LOAD_WORD, 0, 0, 0],
    [JUMP_IF_EQUAL, 0, 1, call],
    [RETURN, 0, 0, SECCOMP_RET_ERRNO | errno],
    [RETURN, 0, 0, SECCOMP_RET_ALLOW],
  ];
  const backend = await openNativeBackend();
  const instructions = backend.allocate(program.length * 8);
  const bytes = new DataView(instructions.buffer);
  program.forEach(([code, whenTrue, whenFalse, operand], index) => {
    bytes.setUint16(index * 8, code, true);
    bytes.setUint8(index * 8 + 2, whenTrue);
    bytes.setUint8(index * 8 + 3, whenFalse);
    bytes.setUint32(index * 8 + 4, operand, true);
  });
  const filter = backend.allocate(16);
  new DataView(filter.buffer).setUint16(0, program.length, true);
  new DataView(filter.buffer).setBigUint64(8, BigInt(instructions.address), true);
  await install(filter.address);
}

async function install(filterAddress: number): Promise<void> {
  const kit = await nativeTestKit();
  const prctl = kit.bind("int prctl(int, intptr_t, intptr_t, intptr_t, intptr_t)");
  const results = [
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, filterAddress, 0, 0),
  ];
  if (results.some((result) => result !== 0)) throw new Error(`prctl gave ${results.join(", ")}`);
}
