/** Chapter REG: REGISTER_ZCRX_IFQ as far as it comes without a network device that has a queue. */
import {
  REGION_DESC_BYTES,
  REGION_DESC_FLAGS,
  REGION_DESC_SIZE,
  REGION_DESC_USER_ADDR,
  ZCRX_AREA_SIZE,
  ZCRX_IFQ_AREA_PTR,
  ZCRX_IFQ_FLAGS,
  ZCRX_IFQ_ID,
  ZCRX_IFQ_IF_IDX,
  ZCRX_IFQ_IF_RXQ,
  ZCRX_IFQ_REGION_PTR,
  ZCRX_IFQ_RESV,
  ZCRX_IFQ_RQ_ENTRIES,
  ZCRX_IFQ_SIZE,
} from "../../spec/abi/register-structs.ts";
import {
  IORING_MEM_REGION_TYPE_USER,
  IORING_REGISTER_BPF_FILTER,
  IORING_REGISTER_ZCRX_CTRL,
  IORING_REGISTER_ZCRX_IFQ,
} from "../../spec/abi/register.ts";
import { IORING_SETUP_CLAMP, IORING_SETUP_CQE32 } from "../../spec/abi/setup.ts";
import { setU64 } from "../../src/queue/index.ts";
import { PAGE_BYTES, UNMAPPED, type Memory } from "../worlds/memory.ts";
import type { World } from "../worlds/world.ts";
import { chapter } from "./harness/chapter.ts";
import { equal } from "./harness/expectation.ts";
import { register } from "./harness/registrations.ts";

const scenario = await chapter();

const LARGE = { rings: "deferred", flags: IORING_SETUP_CQE32 } as const;
const PRIVILEGED = { privilege: "CAP_NET_ADMIN" } as const;
const CHECKED = { ...PRIVILEGED, ...LARGE };
const NO_DEVICE = 0x7ffffff0;
const LOOPBACK = 1;
const ENTRIES = 128;

/** A proper argument for a device that there is not: the fields are to be spoilt. */
interface Argument {
  readonly queue: Memory;
  readonly region: Memory;
}

function argument(world: World): Argument {
  const queue = world.memory.allocate(ZCRX_IFQ_SIZE);
  const region = world.memory.allocate(REGION_DESC_SIZE);
  const area = world.memory.allocate(ZCRX_AREA_SIZE);
  setU64(region.view, REGION_DESC_USER_ADDR, world.memory.pages(1).address);
  setU64(region.view, REGION_DESC_BYTES, PAGE_BYTES);
  region.view.setUint32(REGION_DESC_FLAGS, IORING_MEM_REGION_TYPE_USER, true);
  queue.view.setUint32(ZCRX_IFQ_IF_IDX, NO_DEVICE, true);
  queue.view.setUint32(ZCRX_IFQ_RQ_ENTRIES, ENTRIES, true);
  setU64(queue.view, ZCRX_IFQ_AREA_PTR, area.address);
  setU64(queue.view, ZCRX_IFQ_REGION_PTR, region.address);
  return { queue, region };
}

/** REGISTER_ZCRX_IFQ with an argument that was spoilt. */
function attempt(world: World, fd: number, spoil: (one: Argument) => void = () => {}): number {
  const made = argument(world);
  spoil(made);
  return register(world, fd, IORING_REGISTER_ZCRX_IFQ, made.queue.address, 1);
}

scenario("REG-62", "a receive queue is for the privileged", LARGE, (world, ring) => {
  world.withoutPrivileges(() => {
    equal("proper", attempt(world, ring.fd), "EPERM");
    const opcode = IORING_REGISTER_ZCRX_IFQ;
    equal("not readable", register(world, ring.fd, opcode, UNMAPPED, 1), "EPERM");
    equal("no argument", register(world, ring.fd, opcode, 0, 1), "EINVAL");
    equal("two of them", register(world, ring.fd, opcode, UNMAPPED, 2), "EINVAL");
  });
});

scenario("REG-62", "of whatever ring", PRIVILEGED, (world, ring) => {
  world.withoutPrivileges(() => equal("register", attempt(world, ring.fd), "EPERM"));
  equal("with privileges", attempt(world, ring.fd), "EINVAL");
});

scenario(
  "REG-62",
  "which has to be deferred",
  { ...PRIVILEGED, ...LARGE, rings: "plain" },
  (world, ring) => {
    equal("register", attempt(world, ring.fd), "EINVAL");
  },
);

scenario("REG-63", "its argument is checked", CHECKED, (world, ring) => {
  const opcode = IORING_REGISTER_ZCRX_IFQ;
  const set32 =
    (offset: number, value: number) =>
    ({ queue }: Argument): void =>
      queue.view.setUint32(offset, value, true);
  const set64 =
    (offset: number, value: number) =>
    ({ queue }: Argument): void =>
      setU64(queue.view, offset, value);

  equal("not readable", register(world, ring.fd, opcode, UNMAPPED, 1), "EFAULT");
  equal("no region", attempt(world, ring.fd, set64(ZCRX_IFQ_REGION_PTR, UNMAPPED)), "EFAULT");
  equal("no area", attempt(world, ring.fd, set64(ZCRX_IFQ_AREA_PTR, UNMAPPED)), "EFAULT");
  for (const offset of [ZCRX_IFQ_ID, ZCRX_IFQ_RESV, ZCRX_IFQ_RESV + 4, ZCRX_IFQ_SIZE - 4]) {
    equal(`byte ${offset}`, attempt(world, ring.fd, set32(offset, 1)), "EINVAL");
  }
  equal("flags", attempt(world, ring.fd, set32(ZCRX_IFQ_FLAGS, 1)), "EINVAL");
  equal("queue", attempt(world, ring.fd, set32(ZCRX_IFQ_IF_RXQ, 0xffffffff)), "EINVAL");
  equal("no entries", attempt(world, ring.fd, set32(ZCRX_IFQ_RQ_ENTRIES, 0)), "EINVAL");
  equal("too many", attempt(world, ring.fd, set32(ZCRX_IFQ_RQ_ENTRIES, 32_769)), "EINVAL");
});

scenario("REG-64", "then its region, and then the device", CHECKED, (world, ring) => {
  const regionWith =
    (offset: number, value: number) =>
    ({ region }: Argument): void =>
      setU64(region.view, offset, value);
  const entries =
    (count: number) =>
    ({ queue }: Argument): void =>
      queue.view.setUint32(ZCRX_IFQ_RQ_ENTRIES, count, true);

  equal("too small", attempt(world, ring.fd, entries(ENTRIES + 1)), "EINVAL");
  equal("no place", attempt(world, ring.fd, regionWith(REGION_DESC_USER_ADDR, 0)), "EFAULT");
  equal("not aligned", attempt(world, ring.fd, regionWith(REGION_DESC_BYTES, 4097)), "EINVAL");
  equal("no device", attempt(world, ring.fd), "ENODEV");
  equal("rounded up", attempt(world, ring.fd, entries(ENTRIES - 1)), "ENODEV");
  const loopback = ({ queue }: Argument): void =>
    queue.view.setUint32(ZCRX_IFQ_IF_IDX, LOOPBACK, true);
  equal("one without queues", attempt(world, ring.fd, loopback), "EOPNOTSUPP");
});

scenario(
  "REG-64",
  "with CLAMP there may be too many entries",
  { ...CHECKED, flags: IORING_SETUP_CQE32 | IORING_SETUP_CLAMP },
  (world, ring) => {
    const result = attempt(world, ring.fd, ({ queue, region }) => {
      queue.view.setUint32(ZCRX_IFQ_RQ_ENTRIES, 0x80000000, true);
      setU64(region.view, REGION_DESC_USER_ADDR, world.memory.pages(129).address);
      setU64(region.view, REGION_DESC_BYTES, 129 * PAGE_BYTES);
    });

    equal("register", result, "ENODEV");
  },
);

scenario("REG-1", "later opcodes are refused before the descriptor", (world, ring) => {
  for (const opcode of [IORING_REGISTER_ZCRX_CTRL, IORING_REGISTER_BPF_FILTER]) {
    for (const fd of [ring.fd, -1, 100_000]) {
      equal(`opcode ${opcode}`, register(world, fd, opcode, UNMAPPED, 1), "EINVAL");
    }
  }
});
