import { expect, test } from "vitest";
import * as errno from "../../../../spec/errno.ts";
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  O_NONBLOCK,
  O_RDWR,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_RAW,
  SOCK_SEQPACKET,
  SOCK_STREAM,
} from "../../../../spec/abi/linux.ts";
import { newFiles, opened } from "../testing/transfer.ts";

test.each([
  [AF_INET, SOCK_STREAM],
  [AF_INET6, SOCK_STREAM],
  [AF_UNIX, SOCK_STREAM],
  [AF_INET, SOCK_DGRAM],
  [AF_INET6, SOCK_DGRAM],
  [AF_UNIX, SOCK_DGRAM],
  [AF_UNIX, SOCK_SEQPACKET],
])("makes sockets of family %i and type %i", (family, type) => {
  const file = opened(newFiles().socket(family, type | SOCK_NONBLOCK, 0));
  expect(file.socket?.type).toBe(type);
  expect([file.kind, file.pollable, file.flags]).toEqual(["socket", true, O_RDWR | O_NONBLOCK]);
  expect(file.fsync(false, 0, 0)).toBe(-errno.EINVAL);
});

test.each([
  ["an unknown flag", AF_INET, SOCK_STREAM | 0x100, 0, errno.EINVAL],
  ["an unknown family", 45, SOCK_STREAM, 0, errno.EAFNOSUPPORT],
  ["an impossible type", AF_INET, 15, 0, errno.EINVAL],
  ["packets over IP", AF_INET, SOCK_SEQPACKET, 0, errno.ESOCKTNOSUPPORT],
  ["raw sockets", AF_INET, SOCK_RAW, 255, errno.EPERM],
  ["raw sockets without a protocol", AF_INET6, SOCK_RAW, 0, errno.EPROTONOSUPPORT],
  ["ping sockets", AF_INET, SOCK_DGRAM, 1, errno.EACCES],
  ["packets of a network card", 17, SOCK_DGRAM, 0, errno.EPERM],
  ["an impossible type of an unknown family", 45, 15, 0, errno.EINVAL],
  ["UDP over a stream", AF_INET, SOCK_STREAM, 17, errno.EPROTONOSUPPORT],
  ["TCP over AF_UNIX", AF_UNIX, SOCK_STREAM, 6, errno.EPROTONOSUPPORT],
  ["an impossible protocol", AF_INET, SOCK_STREAM, -1, errno.EINVAL],
])("refuses %s", (_, family, type, protocol, expected) => {
  expect(newFiles().socket(family, type, protocol)).toBe(-expected);
});
