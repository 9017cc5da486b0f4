/**
 * The backends that are present here, each as a way to make worlds.
 *
 * SAFER_RING_CONFORMANCE ("native" or "sim") picks one. SAFER_RING_CONFORMANCE_SEEDS=100 runs
 * the simulated kernel under so many seeds more, for a longer search than a test run does.
 * SAFER_RING_REQUIRE_NATIVE=1 makes a missing native backend an error: on a machine that is
 * meant to have io_uring, nothing may be skipped.
 */
import { openNativeBackend, probeNative } from "../../backends/native/index.ts";
import { lacksPrivilege } from "./privileges.ts";
import { SimWorld, type SimVariant } from "./sim-world.ts";
import type { MissingKind, WorldKind } from "./world.ts";

/** As Linux mostly goes, everything late, and three times anything that is legal. */
const SIM_VARIANTS: readonly SimVariant[] = [
  { seed: 1, late: 0 },
  { seed: 2, late: 1 },
  { seed: 3, short: 0.5 },
  { seed: 4, short: 0.5 },
  { seed: 5, short: 0.5 },
];

async function nativeKind(): Promise<WorldKind | MissingKind> {
  const { available, reason } = await probeNative();
  if (!available) {
    if (process.env["SAFER_RING_REQUIRE_NATIVE"] === "1") {
      throw new Error(`SAFER_RING_REQUIRE_NATIVE is set, and there is no io_uring: ${reason}`);
    }
    return { name: "native", missing: reason };
  }
  const backend = await openNativeBackend();
  const { NativeWorld } = await import("./native-world.ts");
  return { name: "native", variants: [() => new NativeWorld(backend)], lacks: lacksPrivilege };
}

/** The seeds of every run, and the further ones that the environment asks for. */
function simVariants(): readonly SimVariant[] {
  const more = Number(process.env["SAFER_RING_CONFORMANCE_SEEDS"] ?? 0);
  const first = SIM_VARIANTS.length + 1;
  const further = Array.from({ length: more }, (_, index) => ({
    seed: first + index,
    late: (index % 5) / 4,
    short: 0.5,
  }));
  return [...SIM_VARIANTS, ...further];
}

/** Every backend that the environment asks for, present or not. */
export async function findWorlds(): Promise<readonly (WorldKind | MissingKind)[]> {
  const only = process.env["SAFER_RING_CONFORMANCE"];
  const kinds: (WorldKind | MissingKind)[] = [];
  if (only !== "sim") kinds.push(await nativeKind());
  if (only !== "native") {
    const variants = simVariants().map(
      (variant) => (whole?: boolean) => new SimWorld(whole ? { ...variant, short: 0 } : variant),
    );
    kinds.push({ name: "sim", variants, lacks: () => false });
  }
  return kinds;
}
