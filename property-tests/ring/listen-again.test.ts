import { expect } from "vitest";
import { ringTests } from "./harness.ts";

const onRing = await ringTests();

// A connection that the server closed first waits in TIME_WAIT and holds the port.
onRing("a server can listen again at once where it listened", async ({ ring }) => {
  const address = { host: `127.0.${process.pid % 250}.9`, port: 40_123 };
  const listener = await ring.listen(address);
  const accepting = listener.accept();
  const client = await ring.connect(address);
  const served = await accepting;

  await served.close();
  expect((await client.recv(ring.alloc(8))).bytesRead).toBe(0);
  await client.close();
  await listener.close();

  const again = await ring.listen(address);
  await again.close();
});
