/**
 * A run, drawn: one line per thing that happened, one column per request while
 * the kernel has it.
 *
 *     µs
 *    0.0  ┌      submit read#2
 *    0.0  │ ┌    submit cancel#3
 *    0.0  │ ·    choose read#2 cancel: too late
 *    0.0  │ └    cancel#3 = EALREADY
 *         │      buffer 0x200000000: operation -> user
 *         ✗      ownership: read#2 still holds ...
 */
import { errnoName } from "../../../spec/errno.ts";
import type { Failure } from "./run.ts";

const LEFT = 10;
const NANOSECONDS_PER_MICROSECOND = 1000;

/** The columns: which request stands in which. */
class Lanes {
  readonly #names: (string | undefined)[] = [];

  enter(name: string): number {
    const free = this.#names.indexOf(undefined);
    const lane = free < 0 ? this.#names.length : free;
    this.#names[lane] = name;
    return lane;
  }

  find(name: string): number {
    return this.#names.indexOf(name);
  }

  leave(lane: number): void {
    this.#names[lane] = undefined;
  }

  /** The columns of one line, with `mark` in column `lane`. */
  draw(lane: number, mark: string): string {
    return this.#names
      .map((name, index) => (index === lane ? mark : name === undefined ? " " : "│"))
      .join(" ");
  }
}

/** One line of the drawing before it is laid out. */
interface Line {
  readonly time: string;
  readonly lanes: string;
  readonly text: string;
}

class Drawing {
  readonly #lanes = new Lanes();
  readonly #lines: Line[] = [];
  #time = "0.0";

  /** Takes one line of the trace. */
  take(line: string): void {
    const [word = "", ...rest] = line.split(" ");
    const text = rest.join(" ");
    if (word === "submit") this.#mark(this.#lanes.enter(text), "┌", line);
    else if (word === "cqe") this.#complete(text);
    else if (word === "choose") this.#mark(-1, "", `  ${line}`);
    else if (word === "buffer") this.#mark(-1, "", `  ${line.replace(/ (?=\w+ ->)/, ": ")}`);
    else this.#advance(word, text);
  }

  /** What went wrong, with a cross in the lane of the request that it names. */
  fail({ kind, message }: Failure): string {
    const name = /\w[\w ]*#\d+/.exec(message)?.[0] ?? "";
    const lane = this.#lanes.find(name);
    this.#mark(lane, "✗", `${kind}: ${message.replaceAll("\n", " ")}`);
    return this.#layOut();
  }

  #advance(nanoseconds: string, text: string): void {
    this.#time = (Number(nanoseconds) / NANOSECONDS_PER_MICROSECOND).toFixed(1);
    const name = text.replace(/^(complete|fire) /, "");
    this.#mark(this.#lanes.find(name), "*", text);
  }

  /** `read#2 res=-125 flags=0`; with IORING_CQE_F_MORE the request goes on. */
  #complete(text: string): void {
    const [, name = "", res = "0", flags = "0"] = /^(.*) res=(\S+) flags=(\S+)$/.exec(text) ?? [];
    const lane = this.#lanes.find(name);
    const more = (Number(flags) & 2) !== 0;
    const shown = `${name} = ${result(Number(res))}`;
    this.#mark(lane, more ? "├" : "└", more ? `${shown}, more` : shown);
    if (!more && lane >= 0) this.#lanes.leave(lane);
  }

  #mark(lane: number, mark: string, text: string): void {
    this.#lines.push({ time: this.#time, lanes: this.#lanes.draw(lane, mark), text });
  }

  #layOut(): string {
    const width = Math.max(...this.#lines.map(({ lanes }) => lanes.length));
    const lines = this.#lines.map(
      ({ time, lanes, text }) => `${time.padStart(LEFT)}  ${lanes.padEnd(width)}  ${text}`,
    );
    return ["µs".padStart(LEFT), ...lines].join("\n");
  }
}

function result(res: number): string {
  return res < 0 ? errnoName(res) : String(res);
}

/** Draws a run from its trace (see `SimBackendOptions.trace`), ending with what went wrong. */
export function drawTimeline(trace: readonly string[], failure: Failure): string {
  const drawing = new Drawing();
  for (const line of trace) drawing.take(line);
  return drawing.fail(failure);
}
