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
  SOCK_SEQPACKET,
  SOCK_STREAM,
} from "../../../../spec/abi/linux.ts";
import { newFiles, opened } from "../testing/transfer.ts";

test.each([AF_INET, AF_INET6, AF_UNIX])("makes stream sockets of family %i", (family) => {
  const file = opened(newFiles().socket(family, SOCK_STREAM | SOCK_NONBLOCK, 0));
  expect([file.kind, file.pollable, file.flags]).toEqual(["socket", true, O_RDWR | O_NONBLOCK]);
  expect(file.fsync(false, 0, 0)).toBe(-errno.EINVAL);
});

test.each([
  ["an unknown flag", AF_INET, SOCK_STREAM | 0x100, 0, errno.EINVAL],
  ["an unknown family", 45, SOCK_STREAM, 0, errno.EAFNOSUPPORT],
  ["an impossible type", AF_INET, 15, 0, errno.EINVAL],
  ["datagrams", AF_INET, SOCK_DGRAM, 0, errno.ESOCKTNOSUPPORT],
  ["packets of AF_UNIX", AF_UNIX, SOCK_SEQPACKET, 0, errno.ESOCKTNOSUPPORT],
  ["UDP over a stream", AF_INET, SOCK_STREAM, 17, errno.EPROTONOSUPPORT],
  ["TCP over AF_UNIX", AF_UNIX, SOCK_STREAM, 6, errno.EPROTONOSUPPORT],
  ["an impossible protocol", AF_INET, SOCK_STREAM, -1, errno.EINVAL],
])("refuses %s", (_, family, type, protocol, expected) => {
  expect(newFiles().socket(family, type, protocol)).toBe(-expected);
});
