/** io_uring_register(2) on files and ring descriptors, with its structures filled in. */
import {
  FILE_INDEX_RANGE_SIZE,
  FILES_UPDATE_FDS,
  FILES_UPDATE_SIZE,
  RSRC_REGISTER_DATA,
  RSRC_REGISTER_FLAGS,
  RSRC_REGISTER_NR,
  RSRC_REGISTER_SIZE,
  RSRC_REGISTER_TAGS,
  RSRC_UPDATE2_DATA,
  RSRC_UPDATE2_NR,
  RSRC_UPDATE2_SIZE,
  RSRC_UPDATE2_TAGS,
} from "../../../spec/abi/register-structs.ts";
import {
  IORING_REGISTER_FILE_ALLOC_RANGE,
  IORING_REGISTER_FILES,
  IORING_REGISTER_FILES2,
  IORING_REGISTER_FILES_UPDATE,
  IORING_REGISTER_FILES_UPDATE2,
  IORING_REGISTER_RING_FDS,
  IORING_RSRC_REGISTER_SPARSE,
  IORING_UNREGISTER_FILES,
  IORING_UNREGISTER_RING_FDS,
} from "../../../spec/abi/register.ts";
import { setU64 } from "../../../src/queue/index.ts";
import type { Memory } from "../../worlds/memory.ts";
import type { World } from "../../worlds/world.ts";
import { equal } from "./expectation.ts";

/** Has a ring, by its descriptor, do one register opcode. Returns what that gives, or -errno. */
export function register(
  world: World,
  ringFd: number,
  opcode: number,
  address: number,
  count: number,
): number {
  return world.backend.register(ringFd, opcode, address, count);
}

/** An array of descriptors in memory. */
export function descriptors(world: World, fds: readonly number[]): Memory {
  const memory = world.memory.allocate(Math.max(fds.length, 1) * 4);
  fds.forEach((fd, index) => {
    memory.view.setInt32(index * 4, fd, true);
  });
  return memory;
}

/** An array of tags, or of other words of 64 bits. */
export function words(world: World, values: readonly number[]): Memory {
  const memory = world.memory.allocate(Math.max(values.length, 1) * 8);
  values.forEach((value, index) => {
    setU64(memory.view, index * 8, value);
  });
  return memory;
}

/** REGISTER_FILES of these descriptors. */
export function registerFiles(world: World, ringFd: number, fds: readonly number[]): number {
  const { address } = descriptors(world, fds);
  return register(world, ringFd, IORING_REGISTER_FILES, address, fds.length);
}

/** The same where it has to succeed. */
export function haveFiles(world: World, ringFd: number, fds: readonly number[]): void {
  equal("REGISTER_FILES", registerFiles(world, ringFd, fds), 0);
}

/** A table of empty slots. */
export function haveSlots(world: World, ringFd: number, count: number): void {
  const memory = filesRegister(world, count, 0, 0, IORING_RSRC_REGISTER_SPARSE);
  equal("REGISTER_FILES2", registerFiles2(world, ringFd, memory), 0);
}

/** A table of files with tags. */
export function haveTagged(
  world: World,
  ringFd: number,
  fds: readonly number[],
  tags: readonly number[],
): void {
  const [files, tagWords] = [descriptors(world, fds), words(world, tags)];
  const memory = filesRegister(world, fds.length, files.address, tagWords.address);
  equal("REGISTER_FILES2", registerFiles2(world, ringFd, memory), 0);
}

/** A `struct io_uring_rsrc_register`. */
export function filesRegister(
  world: World,
  count: number,
  files: number,
  tags: number,
  flags = 0,
): Memory {
  const memory = world.memory.allocate(RSRC_REGISTER_SIZE);
  memory.view.setUint32(RSRC_REGISTER_NR, count, true);
  memory.view.setUint32(RSRC_REGISTER_FLAGS, flags, true);
  setU64(memory.view, RSRC_REGISTER_DATA, files);
  setU64(memory.view, RSRC_REGISTER_TAGS, tags);
  return memory;
}

export function registerFiles2(world: World, ringFd: number, struct: Memory): number {
  return register(world, ringFd, IORING_REGISTER_FILES2, struct.address, RSRC_REGISTER_SIZE);
}

/** REGISTER_FILES_UPDATE from slot `offset` on. */
export function updateFiles(
  world: World,
  ringFd: number,
  offset: number,
  fds: readonly number[],
): number {
  const memory = filesUpdateStruct(world, offset, descriptors(world, fds).address);
  return register(world, ringFd, IORING_REGISTER_FILES_UPDATE, memory.address, fds.length);
}

/** A `struct io_uring_files_update`. */
export function filesUpdateStruct(world: World, offset: number, files: number): Memory {
  const memory = world.memory.allocate(FILES_UPDATE_SIZE);
  memory.view.setUint32(0, offset, true);
  setU64(memory.view, FILES_UPDATE_FDS, files);
  return memory;
}

/** REGISTER_FILES_UPDATE2 from slot `offset` on, with tags. */
export function updateTagged(
  world: World,
  ringFd: number,
  offset: number,
  fds: readonly number[],
  tags: readonly number[],
): number {
  const memory = world.memory.allocate(RSRC_UPDATE2_SIZE);
  memory.view.setUint32(0, offset, true);
  setU64(memory.view, RSRC_UPDATE2_DATA, descriptors(world, fds).address);
  setU64(memory.view, RSRC_UPDATE2_TAGS, words(world, tags).address);
  memory.view.setUint32(RSRC_UPDATE2_NR, fds.length, true);
  const { address } = memory;
  return register(world, ringFd, IORING_REGISTER_FILES_UPDATE2, address, RSRC_UPDATE2_SIZE);
}

export function unregisterFiles(world: World, ringFd: number): number {
  return register(world, ringFd, IORING_UNREGISTER_FILES, 0, 0);
}

/** REGISTER_FILE_ALLOC_RANGE. */
export function limitPicks(world: World, ringFd: number, offset: number, length: number): number {
  const memory = world.memory.allocate(FILE_INDEX_RANGE_SIZE);
  memory.view.setUint32(0, offset, true);
  memory.view.setUint32(4, length, true);
  return register(world, ringFd, IORING_REGISTER_FILE_ALLOC_RANGE, memory.address, 0);
}

/** One element for REGISTER_RING_FDS and its opposite. */
export interface RingSlot {
  readonly offset: number;
  readonly data: number;
}

/** An array of `struct io_uring_rsrc_update`. */
export function ringSlots(world: World, slots: readonly RingSlot[]): Memory {
  const memory = world.memory.allocate(Math.max(slots.length, 1) * FILES_UPDATE_SIZE);
  slots.forEach(({ offset, data }, index) => {
    memory.view.setUint32(index * FILES_UPDATE_SIZE, offset, true);
    setU64(memory.view, index * FILES_UPDATE_SIZE + FILES_UPDATE_FDS, data);
  });
  return memory;
}

/** REGISTER_RING_FDS. What it registers is unregistered with the world. */
export function registerRings(world: World, ringFd: number, slots: Memory, count: number): number {
  const result = register(world, ringFd, IORING_REGISTER_RING_FDS, slots.address, count);
  for (let index = 0; index < result; index++) {
    const offset = slots.view.getUint32(index * FILES_UPDATE_SIZE, true);
    const made = ringSlots(world, [{ offset, data: 0 }]);
    world.defer(() => register(world, ringFd, IORING_UNREGISTER_RING_FDS, made.address, 1));
  }
  return result;
}

/** UNREGISTER_RING_FDS of these indices. */
export function unregisterRings(world: World, ringFd: number, indices: readonly number[]): number {
  const slots = ringSlots(
    world,
    indices.map((offset) => ({ offset, data: 0 })),
  );
  return register(world, ringFd, IORING_UNREGISTER_RING_FDS, slots.address, indices.length);
}
