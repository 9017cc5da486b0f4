/**
 * Reads the fields of one submission queue entry out of ring memory (MEM-4).
 *
 * One reader serves a whole ring: `base` moves from entry to entry, and nothing is copied. The
 * program may write the entry again as soon as enter returns, so an operation takes what it needs
 * while it is prepared (SQ-5).
 */
import {
  SQE_ADDR,
  SQE_ADDR3,
  SQE_BUF_INDEX,
  SQE_FD,
  SQE_FLAGS,
  SQE_IOPRIO,
  SQE_LEN,
  SQE_OFF,
  SQE_OP_FLAGS,
  SQE_OPCODE,
  SQE_PAD2,
  SQE_PERSONALITY,
  SQE_SPLICE_FD_IN,
  SQE_USER_DATA,
} from "../../../spec/abi/sqe.ts";

const WORD = 2 ** 32;

//= MEM-4
/** A cursor over the SQEs of one ring. 64-bit fields come as doubles, exact below 2^53. */
export class SqeReader {
  readonly #view: DataView<ArrayBuffer>;
  /** Byte offset of the entry that is read now. */
  base = 0;

  constructor(view: DataView<ArrayBuffer>) {
    this.#view = view;
  }

  get opcode(): number {
    return this.#view.getUint8(this.base + SQE_OPCODE);
  }
  get flags(): number {
    return this.#view.getUint8(this.base + SQE_FLAGS);
  }
  get ioprio(): number {
    return this.#view.getUint16(this.base + SQE_IOPRIO, true);
  }
  get fd(): number {
    return this.#view.getInt32(this.base + SQE_FD, true);
  }
  /** `off` as the signed number that it is for files: -1 is exact. */
  get off(): number {
    const at = this.base + SQE_OFF;
    return this.#view.getInt32(at + 4, true) * WORD + this.#view.getUint32(at, true);
  }
  get offLow(): number {
    return this.#view.getUint32(this.base + SQE_OFF, true);
  }
  get offHigh(): number {
    return this.#view.getUint32(this.base + SQE_OFF + 4, true);
  }
  /** `addr2`: the same bytes as `off`, as an address. */
  get addr2(): number {
    return this.offHigh * WORD + this.offLow;
  }
  get addr(): number {
    return this.addrHigh * WORD + this.addrLow;
  }
  /** `addr` as the signed length that it is for some: exact below 2^53. */
  get signedAddr(): number {
    return (this.addrHigh | 0) * WORD + this.addrLow;
  }
  get addrLow(): number {
    return this.#view.getUint32(this.base + SQE_ADDR, true);
  }
  get addrHigh(): number {
    return this.#view.getUint32(this.base + SQE_ADDR + 4, true);
  }
  get len(): number {
    return this.#view.getUint32(this.base + SQE_LEN, true);
  }
  /** `rw_flags`, `fsync_flags`, `timeout_flags` and the other per-operation flags. */
  get opFlags(): number {
    return this.#view.getUint32(this.base + SQE_OP_FLAGS, true);
  }
  get userDataLow(): number {
    return this.#view.getUint32(this.base + SQE_USER_DATA, true);
  }
  get userDataHigh(): number {
    return this.#view.getUint32(this.base + SQE_USER_DATA + 4, true);
  }
  /** `buf_index` or `buf_group`. */
  get bufIndex(): number {
    return this.#view.getUint16(this.base + SQE_BUF_INDEX, true);
  }
  get personality(): number {
    return this.#view.getUint16(this.base + SQE_PERSONALITY, true);
  }
  /** `splice_fd_in`, `file_index` or `optlen`, unsigned. */
  get fileIndex(): number {
    return this.#view.getUint32(this.base + SQE_SPLICE_FD_IN, true);
  }
  /** `addr_len`: the low half of `fileIndex`. */
  get addrLen(): number {
    return this.#view.getUint16(this.base + SQE_SPLICE_FD_IN, true);
  }
  /** The padding beside `addr_len`. */
  get pad3(): number {
    return this.#view.getUint16(this.base + SQE_SPLICE_FD_IN + 2, true);
  }
  /** `addr3` as an address. */
  get addr3(): number {
    const at = this.base + SQE_ADDR3;
    return this.#view.getUint32(at + 4, true) * WORD + this.#view.getUint32(at, true);
  }
  get addr3Low(): number {
    return this.#view.getUint32(this.base + SQE_ADDR3, true);
  }
  /** Whether `addr3` holds anything. */
  get hasAddr3(): boolean {
    return this.#isSet(SQE_ADDR3);
  }
  /** `attr_type_mask`. */
  get pad2(): number {
    const at = this.base + SQE_PAD2;
    return this.#view.getUint32(at + 4, true) * WORD + this.#view.getUint32(at, true);
  }
  /** Whether the last eight bytes (`__pad2`, `attr_type_mask`) hold anything. */
  get hasPad2(): boolean {
    return this.#isSet(SQE_PAD2);
  }

  /** A copy of some bytes of the entry. */
  copy(offset: number, byteLength: number): Uint8Array {
    const at = this.#view.byteOffset + this.base + offset;
    return new Uint8Array(this.#view.buffer, at, byteLength).slice();
  }

  #isSet(offset: number): boolean {
    const at = this.base + offset;
    return (this.#view.getUint32(at, true) | this.#view.getUint32(at + 4, true)) !== 0;
  }
}
