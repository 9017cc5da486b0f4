/** Chapter BUF: buffers that are used in pieces (IOU_PBUF_RING_INC). */
import { MSG_WAITALL } from "../../spec/abi/linux.ts";
import { IOU_PBUF_RING_INC } from "../../spec/abi/register.ts";
import { UNMAPPED } from "../worlds/memory.ts";
import { chapter } from "./harness/chapter.ts";
import {
  BufferRing,
  headOf,
  inBuffer,
  partOf,
  readMultishot,
  readSelect,
  recvSelect,
  recvMultishot,
  sendSelect,
  shotIn,
} from "./harness/buffers.ts";
import { IORING_CQE_F_BUF_MORE } from "../../spec/abi/cqe.ts";
import { cancel } from "./harness/control-entries.ts";
import { check, equal } from "./harness/expectation.ts";

const scenario = await chapter();

const WHOLE = { whole: true };
const GROUP = 1;
const INCREMENTAL = { flags: IOU_PBUF_RING_INC };

scenario("BUF-18", "a transfer leaves the rest of its buffer", WHOLE, (world, ring) => {
  const pipe = world.pipe();
  const { ring: group, bytes } = BufferRing.filled(world, ring, 2, 10, INCREMENTAL);
  world.write(pipe.write, "abcd");
  ring.submit({ 1: readSelect(pipe.read, GROUP) });
  ring.expect({ 1: partOf(0, 4) });
  equal("head", headOf(world, ring, GROUP), 0);
  equal("address", group.addressAt(0), bytes.address + 4);
  equal("length", group.lengthAt(0), 6);

  world.write(pipe.write, "efg");
  ring.submit({ 2: readSelect(pipe.read, GROUP) });

  ring.expect({ 2: partOf(0, 3) });
  check("the bytes lie behind each other", bytes.text(7) === "abcdefg");
});

scenario("BUF-56", "the transfer that uses it up moves the head", WHOLE, (world, ring) => {
  const pipe = world.pipe();
  const { ring: group, bytes } = BufferRing.filled(world, ring, 2, 10, INCREMENTAL);
  world.write(pipe.write, "x".repeat(30));

  ring.submit({ 1: readSelect(pipe.read, GROUP, 4), 2: readSelect(pipe.read, GROUP, 100) });

  ring.expect({ 1: partOf(0, 4), 2: inBuffer(0, 6) });
  equal("head", headOf(world, ring, GROUP), 1);
  equal("address", group.addressAt(0), bytes.address + 4);
  equal("length", group.lengthAt(0), 0);
});

scenario("BUF-57", "min_left bytes are what it takes to go on", WHOLE, (world, ring) => {
  const pipe = world.pipe();
  const fields = { ...INCREMENTAL, minimumLeft: 4 };
  const { ring: group } = BufferRing.filled(world, ring, 3, 10, fields);
  world.write(pipe.write, "x".repeat(30));

  ring.submit({ 1: readSelect(pipe.read, GROUP, 6), 2: readSelect(pipe.read, GROUP, 1) });
  ring.submit({ 3: readSelect(pipe.read, GROUP, 7) });

  ring.expect({ 1: partOf(0, 6), 2: inBuffer(0, 1), 3: inBuffer(1, 7) });
  equal("head", headOf(world, ring, GROUP), 2);
  equal("length of the first", group.lengthAt(0), 0);
});

scenario("BUF-59", "a transfer of nothing names the buffer and leaves it", (world, ring) => {
  const pipe = world.pipe();
  const [socket, other] = world.socketPair();
  const { ring: group } = BufferRing.filled(world, ring, 2, 10, INCREMENTAL);
  world.closeFd(pipe.write);
  world.closeFd(other);

  ring.submit({ 1: readSelect(pipe.read, GROUP), 2: recvSelect(socket, GROUP) });
  ring.expect({ 1: partOf(0, 0), 2: 0 });

  equal("head", headOf(world, ring, GROUP), 0);
  equal("length", group.lengthAt(0), 10);
});

scenario("BUF-59 BUF-17", "nor does a failure take anything", (world, ring) => {
  const pipe = world.pipe();
  const group = BufferRing.open(world, ring, INCREMENTAL);
  group.add(UNMAPPED, 10, 3);
  world.write(pipe.write, "x");

  ring.submit({ 1: readSelect(pipe.read, GROUP) });

  ring.expect({ 1: "EFAULT" });
  equal("head", headOf(world, ring, GROUP), 0);
  equal("length", group.lengthAt(0), 10);
});

scenario("BUF-60", "SEND takes buffers in pieces too", WHOLE, (world, ring) => {
  const [one, other] = world.socketPair();
  const { ring: group, bytes } = BufferRing.filled(world, ring, 2, 10, INCREMENTAL);
  bytes.bytes.set(new TextEncoder().encode("0123456789abcdefghij"));

  ring.submit({ 1: sendSelect(one, GROUP, 4) });
  ring.expect({ 1: partOf(0, 4) });
  ring.submit({ 2: sendSelect(one, GROUP) });
  ring.expect({ 2: inBuffer(0, 6) });

  equal("head", headOf(world, ring, GROUP), 1);
  equal("length", group.lengthAt(0), 0);
  const sent = world.read(other, 20) as Uint8Array;
  check("the bytes arrive", new TextDecoder().decode(sent) === "0123456789");
});

scenario("BUF-18 BUF-20", "shots fill a buffer one after the other", WHOLE, (world, ring) => {
  const pipe = world.pipe();
  const [socket, other] = world.socketPair();
  const { bytes } = BufferRing.filled(world, ring, 2, 8, INCREMENTAL);
  BufferRing.filled(world, ring, 2, 8, { ...INCREMENTAL, group: 2 });
  ring.submit({ 1: readMultishot(pipe.read, GROUP), 2: recvMultishot(socket, 2) });

  world.write(pipe.write, "abc");
  ring.expectNext(1, shotIn(0, 3, IORING_CQE_F_BUF_MORE));
  world.write(pipe.write, "defgh");
  ring.expectNext(1, shotIn(0, 5));
  check("the bytes lie behind each other", bytes.text(8) === "abcdefgh");
  world.write(other, "abcdefghij");
  ring.expectNext(2, shotIn(0, 8));
  ring.expectNext(2, shotIn(1, 2, IORING_CQE_F_BUF_MORE));
});

scenario("BUF-18 BUF-37", "MSG_WAITALL keeps to its piece", WHOLE, (world, ring) => {
  const [socket, other] = world.socketPair();
  const { ring: group, bytes } = BufferRing.filled(world, ring, 2, 8, INCREMENTAL);
  ring.submit({ 1: recvSelect(socket, GROUP, 4, MSG_WAITALL) });

  world.write(other, "abcdefg");

  ring.expect({ 1: partOf(0, 4) });
  check("its bytes are there", bytes.text(8) === "abcd\0\0\0\0");
  equal("length", group.lengthAt(0), 4);
  ring.submit({ 2: recvSelect(socket, GROUP, 4, MSG_WAITALL) });
  ring.expectQuiet();
  ring.submit({ 3: cancel(2) });
  ring.expect({ 3: 0 });
  equal("bytes so far", ring.next(2).res, 3);
});
