/**
 * What a restricted ring may do: REGISTER_RESTRICTIONS, and the two places that ask.
 *
 * Whatever is not listed is forbidden, also in the kinds that the list does not mention
 * (RESTRICT-10).
 */
import {
  IORING_RESTRICTION_REGISTER_OP,
  IORING_RESTRICTION_SQE_FLAGS_ALLOWED,
  IORING_RESTRICTION_SQE_FLAGS_REQUIRED,
  IORING_RESTRICTION_SQE_OP,
} from "../../../spec/abi/register.ts";
import {
  RESTRICTION_OPCODE,
  RESTRICTION_OPERAND,
  RESTRICTION_SIZE,
} from "../../../spec/abi/register-structs.ts";
import { EINVAL } from "../../../spec/errno.ts";
import type { KernelProfile } from "../profile/profile.ts";

/** One list of what is allowed. */
export class Restrictions {
  readonly #registerOpcodes = new Set<number>();
  readonly #opcodes = new Set<number>();
  #flagsAllowed = 0;
  #flagsRequired = 0;

  /**
   * Reads `count` entries of struct io_uring_restriction.
   *
   * @returns the list, or -EINVAL for an unknown kind or opcode (RESTRICT-3)
   */
  static parse(profile: KernelProfile, view: DataView, count: number): Restrictions | number {
    const list = new Restrictions();
    for (let i = 0; i < count; i++) {
      const at = i * RESTRICTION_SIZE;
      //= RESTRICT-12
      const kind = view.getUint16(at + RESTRICTION_OPCODE, true);
      if (!list.#add(profile, kind, view.getUint8(at + RESTRICTION_OPERAND))) return -EINVAL;
    }
    return list;
  }

  /** Whether io_uring_register(2) may be called with this opcode (RESTRICT-9). */
  allowsRegister(opcode: number): boolean {
    return this.#registerOpcodes.has(opcode);
  }

  /** Whether an SQE may have this opcode and these flags (RESTRICT-6, RESTRICT-7, RESTRICT-8). */
  allowsSqe(opcode: number, flags: number): boolean {
    //= RESTRICT-6, RESTRICT-10
    if (!this.#opcodes.has(opcode)) return false;
    //= RESTRICT-8
    if ((flags & this.#flagsRequired) !== this.#flagsRequired) return false;
    //= RESTRICT-7
    return (flags & ~(this.#flagsAllowed | this.#flagsRequired)) === 0;
  }

  #add(profile: KernelProfile, kind: number, operand: number): boolean {
    switch (kind) {
      case IORING_RESTRICTION_REGISTER_OP:
        this.#registerOpcodes.add(operand);
        return operand < profile.registerOpcodes;
      case IORING_RESTRICTION_SQE_OP:
        this.#opcodes.add(operand);
        return operand < profile.opcodes;
      case IORING_RESTRICTION_SQE_FLAGS_ALLOWED:
        this.#flagsAllowed = operand;
        return true;
      case IORING_RESTRICTION_SQE_FLAGS_REQUIRED:
        this.#flagsRequired = operand;
        return true;
      default:
        return false;
    }
  }

  /** What it consists of, for whoever compares states. */
  parts(): readonly unknown[] {
    return [this.#registerOpcodes, this.#opcodes, this.#flagsAllowed, this.#flagsRequired];
  }
}

/** How many kinds of restrictions there are. */
const KINDS = 4;

/** More entries are refused: one for each kind and opcode. */
export function maximumRestrictions(profile: KernelProfile): number {
  return KINDS + profile.registerOpcodes + profile.opcodes;
}
