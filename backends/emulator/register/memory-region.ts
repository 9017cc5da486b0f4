/** REGISTER_MEM_REGION (REG-15, REG-37, REG-38, REG-56, REG-57). */
import {
  IORING_MEM_REGION_REG_WAIT_ARG,
  IORING_MEM_REGION_TYPE_USER,
} from "../../../spec/abi/register.ts";
import {
  MEM_REGION_REG_FLAGS,
  MEM_REGION_REG_REGION_UPTR,
  MEM_REGION_REG_RESV,
  MEM_REGION_REG_SIZE,
  REGION_DESC_BYTES,
  REGION_DESC_FLAGS,
  REGION_DESC_ID,
  REGION_DESC_MMAP_OFFSET,
  REGION_DESC_RESV,
  REGION_DESC_SIZE,
  REGION_DESC_USER_ADDR,
} from "../../../spec/abi/register-structs.ts";
import { E2BIG, EBUSY, EFAULT, EINVAL, ENOMEM, EOVERFLOW } from "../../../spec/errno.ts";
import { isZero, PAGE_SIZE, readStruct, readUnsigned } from "../issue/access.ts";
import type { Core } from "../core.ts";
import type { PinnedMemory } from "../host/host.ts";
import { PARAM_REGION_OFFSET } from "../setup/layout.ts";
import { memoryRegion, releaseRegion } from "../buffers/memory-region.ts";
import { pinPages } from "../setup/ring-memory.ts";
import type { Ring } from "../state.ts";

const PAGE = BigInt(PAGE_SIZE);
const ADDRESS_END = 2n ** 64n;
const PAGES_END = 2n ** 31n;
/** More than the kernel would find free here; Linux's own limit is the machine's memory. */
const LARGEST_OWN = 2n ** 32n;

/** Gives the ring its region, and writes back where to map it. 0, or -errno. */
export function registerMemoryRegion(
  core: Core,
  ring: Ring,
  address: number,
  count: number,
): number {
  if (address === 0 || count !== 1) return -EINVAL;
  //= REG-15
  if (ring.region !== undefined) return -EBUSY;
  const asked = readStruct(core.memory, address, MEM_REGION_REG_SIZE);
  if (asked === undefined) return -EFAULT;
  const descriptionAddress = readUnsigned(asked, MEM_REGION_REG_REGION_UPTR);
  const description = readStruct(core.memory, descriptionAddress, REGION_DESC_SIZE);
  if (description === undefined) return -EFAULT;
  if (!isZero(asked, MEM_REGION_REG_RESV, MEM_REGION_REG_SIZE)) return -EINVAL;
  const flags = readUnsigned(asked, MEM_REGION_REG_FLAGS);
  if (flags !== 0 && flags !== IORING_MEM_REGION_REG_WAIT_ARG) return -EINVAL;
  const servesWaits = flags === IORING_MEM_REGION_REG_WAIT_ARG;
  //= REG-37
  if (servesWaits && !ring.disabled) return -EINVAL;
  const memory = takeMemory(core, description);
  if (typeof memory === "number") return memory;
  const region = memoryRegion(memory, servesWaits);
  if (memory instanceof ArrayBuffer) {
    //= REG-57
    description.setUint32(REGION_DESC_MMAP_OFFSET, PARAM_REGION_OFFSET, true);
  }
  const bytes = new Uint8Array(description.buffer);
  if (core.memory.write(descriptionAddress, bytes) !== REGION_DESC_SIZE) {
    releaseRegion(region);
    return -EFAULT;
  }
  ring.region = region;
  return 0;
}

/**
 * The memory that a `struct io_uring_region_desc` asks for, the caller's to release, or -errno in
 * the kernel's order.
 */
export function takeMemory(core: Core, description: DataView): PinnedMemory | ArrayBuffer | number {
  const flags = description.getUint32(REGION_DESC_FLAGS, true);
  const address = description.getBigUint64(REGION_DESC_USER_ADDR, true);
  const byteLength = description.getBigUint64(REGION_DESC_BYTES, true);
  const isProgram = flags === IORING_MEM_REGION_TYPE_USER;
  if (!isZero(description, REGION_DESC_RESV, REGION_DESC_SIZE)) return -EINVAL;
  if (flags !== 0 && !isProgram) return -EINVAL;
  //= REG-38
  if (isProgram !== (address !== 0n)) return -EFAULT;
  //= REG-38
  if (byteLength === 0n || !isZero(description, REGION_DESC_ID, REGION_DESC_RESV)) return -EINVAL;
  //= REG-56
  if (byteLength / PAGE >= PAGES_END) return -E2BIG;
  if (address % PAGE !== 0n || byteLength % PAGE !== 0n) return -EINVAL;
  //= REG-56
  if (address + byteLength >= ADDRESS_END) return -EOVERFLOW;
  if (isProgram) return pinPages(core, address, Number(byteLength));
  return byteLength > LARGEST_OWN ? -ENOMEM : new ArrayBuffer(Number(byteLength));
}
