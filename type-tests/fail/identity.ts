/** Two rings at once, and what would leave a ring's scope. */
import { type FileHandle, type OwnedBuffer, Ring, submitRead, withRing } from "safer-ring";

export async function otherRing(): Promise<void> {
  await withRing({}, async (one) =>
    withRing({}, async (other) => {
      const [file, strange] = [await one.openFile("/a"), await other.openFile("/b")];
      await one.read(file, one.alloc(8));
      await one.read(file, other.alloc(8)); // expect TS2345 /Two different types with this name exist/
      await one.read(strange, one.alloc(8)); // expect TS2345 /FileHandle<Id>.*not assignable to.*Target<Id>/
      await file.read(other.alloc(8)); // expect TS2345 /Two different types with this name exist/

      const buffer = one.alloc(8);
      submitRead(one, file, buffer);
      await buffer.completion;
      submitRead(one, file, other.alloc(8)); // expect TS2345 /not assignable/
      submitRead(one, strange, one.alloc(8)); // expect TS2345 /not assignable/
    }),
  );
}

export async function escaping(): Promise<void> {
  await withRing({}, async (ring) => ring.alloc(8).bytes);
  await withRing({}, async (ring) => ring.alloc(8)); // expect TS2322 /'OwnedBuffer<Id>' is not assignable/
  await withRing({}, async (ring) => ring); // expect TS2322 /'Ring<Id>' is not assignable/
  await withRing({}, async (ring) => ring.openFile("/a")); // expect TS2322 /'FileHandle<Id>' is not assignable/

  let length = 0;
  const kept: OwnedBuffer[] = [];
  await withRing({}, async (ring) => {
    length = ring.alloc(8).length;
    kept.push(ring.alloc(8)); // expect TS2345 /OwnedBuffer<Id>.*is not assignable to.*OwnedBuffer<unknown>/
  });
  kept.length = length;
}

/** A helper that names no identity is for rings that were opened without a scope. */
export async function helper(): Promise<void> {
  const plain = (file: FileHandle, buffer: OwnedBuffer) => file.read(buffer);
  async function forAny<Id>(file: FileHandle<Id>, buffer: OwnedBuffer<Id>): Promise<number> {
    return (await file.read(buffer)).bytesRead;
  }
  const opened = await Ring.open();
  await plain(await opened.openFile("/a"), opened.alloc(8));
  await withRing({}, async (ring) => {
    const file = await ring.openFile("/a");
    await forAny(file, ring.alloc(8));
    await plain(file, ring.alloc(8)); // expect TS2345 /FileHandle<Id>.*is not assignable to.*FileHandle<unknown>/
  });
}

/** Out of its block a ring has no name. */
export async function closed(): Promise<void> {
  {
    await using ring = await Ring.open();
    using buffer = ring.alloc(8);
    buffer.bytes.fill(1);
  }
  ring.alloc(8); // expect TS2552 /Cannot find name 'ring'/
  buffer.bytes.fill(1); // expect TS2304 /Cannot find name 'buffer'/
}

/** Rings and files need time to close: a plain `using` would not wait for it. */
export async function using(): Promise<void> {
  await using ring = await Ring.open();
  await using file = await ring.openFile("/a");
  using late = await Ring.open(); // expect TS2850 /'using' declaration/
  using handle = await ring.openFile(String(file.fd)); // expect TS2850 /'using' declaration/
  late.alloc(handle.fd);
}
