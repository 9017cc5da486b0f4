import { describe, expect, it } from "vitest";
import { SQE_SIZE } from "../../../spec/abi/sqe.ts";
import * as queue from "../index.ts";

type Encoder = (sqes: DataView, at: number, ...fields: number[]) => void;

const ENCODERS = Object.entries(queue).filter(([name]) => name.startsWith("encode")) as [
  string,
  Encoder,
][];
/** More than any encoder takes. */
const FIELDS: readonly number[] = Array.from({ length: 10 }, (_, index) => 3 + index);

/** The entry that is written where every byte was `before`, and what stands on either side. */
function encoded(encode: Encoder, before: number): readonly number[][] {
  const bytes = new Uint8Array(3 * SQE_SIZE).fill(before);
  encode(new DataView(bytes.buffer), SQE_SIZE, ...FIELDS);
  return [0, 1, 2].map((slot) => [...bytes.subarray(slot * SQE_SIZE, (slot + 1) * SQE_SIZE)]);
}

describe("an entry", () => {
  //= OWN-15
  it.each(ENCODERS)("of %s is written whole, and nothing beside it", (_, encode) => {
    const [clean, used] = [encoded(encode, 0), encoded(encode, 0xff)];

    expect(used[1]).toEqual(clean[1]);
    expect(used[0]).toEqual(Array.from({ length: SQE_SIZE }, () => 0xff));
    expect(used[2]).toEqual(used[0]);
  });
});
