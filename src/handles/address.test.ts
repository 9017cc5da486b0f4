import { isIPv4, isIPv6 } from "node:net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeAddress, encodeAddress, familyOf, type SocketAddress } from "./address.ts";
import { formatIpv6, parseIpv4, parseIpv6 } from "./ip-address.ts";

function roundTrip(address: SocketAddress): SocketAddress | undefined {
  const bytes = encodeAddress(address);
  return decodeAddress(new DataView(bytes.buffer), bytes.length);
}

describe("a socket address", () => {
  it.each<readonly [SocketAddress, number, number[]]>([
    [
      { host: "1.2.3.4", port: 0x1234 },
      2,
      [2, 0, 0x12, 0x34, 1, 2, 3, 4, ...Array<number>(8).fill(0)],
    ],
    [{ port: 80 }, 2, [2, 0, 0, 80, 127, 0, 0, 1, ...Array<number>(8).fill(0)]],
    [
      { host: "::1", port: 80 },
      10,
      [10, 0, 0, 80, 0, 0, 0, 0, ...Array<number>(15).fill(0), 1, 0, 0, 0, 0],
    ],
    [{ path: "/a" }, 1, [1, 0, 47, 97, 0]],
  ])("%j is laid out as the kernel takes it", (address, family, bytes) => {
    const encoded = encodeAddress(address);

    expect([...encoded]).toEqual(bytes);
    expect(familyOf(encoded)).toBe(family);
  });

  it.each<SocketAddress>([
    { host: "255.0.10.1", port: 65535 },
    { host: "::", port: 0 },
    { host: "2001:db8::1:0:0:1", port: 443 },
    { host: "::ffff:10.0.0.1", port: 1 },
    { path: "/run/é.sock" },
  ])("%j comes back as it went", (address) => {
    expect(roundTrip(address)).toEqual(address);
  });

  it("of an unnamed or unknown peer is none", () => {
    expect(decodeAddress(new DataView(new ArrayBuffer(16)), 0)).toBeUndefined();
    expect(decodeAddress(new DataView(Uint8Array.of(1, 0).buffer), 2)).toBeUndefined();
    expect(decodeAddress(new DataView(Uint8Array.of(99, 0, 1, 2).buffer), 4)).toBeUndefined();
  });
});

describe("an IPv4 address", () => {
  it("is what Node takes for one, and nothing else", () => {
    const part = fc.oneof(
      fc.nat(300).map(String),
      fc.constantFrom("", "01", "00", "1e1", " 1", "a"),
    );
    const text = fc.array(part, { minLength: 3, maxLength: 5 }).map((parts) => parts.join("."));
    fc.assert(
      fc.property(text, (host) => {
        expect(parseIpv4(host) !== undefined).toBe(isIPv4(host));
      }),
    );
  });
});

describe("an IPv6 address", () => {
  const groups = fc.array(fc.oneof(fc.constant(0), fc.nat(0xffff)), { minLength: 8, maxLength: 8 });

  it("is what Node takes for one, and nothing else", () => {
    const piece = fc.constantFrom(
      "0",
      "1",
      "ffff",
      "10000",
      "g",
      "",
      ":",
      "::",
      "1.2.3.4",
      "1.2.3",
    );
    const text = fc.array(piece, { maxLength: 9 }).map((pieces) => pieces.join(":"));
    const likely = fc.tuple(groups, fc.nat(8)).map(([all, at]) => {
      const hex = all.map((group) => group.toString(16));
      return `${hex.slice(0, at).join(":")}::${hex.slice(at + 2).join(":")}`;
    });
    fc.assert(
      fc.property(fc.oneof(text, likely), (host) => {
        expect(parseIpv6(host) !== undefined).toBe(isIPv6(host));
      }),
    );
  });

  it("is written in the one form that RFC 5952 allows, and read back from it", () => {
    fc.assert(
      fc.property(groups, (all) => {
        const text = formatIpv6(all);
        expect(isIPv6(text)).toBe(true);
        expect(parseIpv6(text)).toEqual(all);
        if (!text.includes(".")) expect(new URL(`http://[${text}]`).hostname).toBe(`[${text}]`);
      }),
    );
    expect(formatIpv6([0, 0, 0, 0, 0, 0xffff, 0x102, 0x304])).toBe("::ffff:1.2.3.4");
    expect(formatIpv6([1, 0, 2, 0, 0, 3, 0, 0])).toBe("1:0:2::3:0:0");
    expect(formatIpv6([1, 2, 3, 4, 5, 6, 7, 0])).toBe("1:2:3:4:5:6:7:0");
  });
});
