/** One loop of the guest's shell that prints numbered lines. */
export type Writer = { readonly name: string; readonly stream: "stdout" | "stderr" };

/** Two loops on each stream, so that each pipe has several writers. */
export const WRITERS: readonly Writer[] = [
  { name: "one", stream: "stdout" },
  { name: "two", stream: "stdout" },
  { name: "three", stream: "stderr" },
  { name: "four", stream: "stderr" },
];

/** What the command ends with, so that a status that gets lost is seen. */
export const STATUS = 7;

/**
 * A script for sh in which all writers print `count` lines at once, a process a line's source and a
 * write(2) a line: the load under which a console driver that loses a wakeup stops.
 */
export function writerScript(count: number): string {
  const loops = WRITERS.map(({ name, stream }) => {
    const to = stream === "stderr" ? " >&2" : "";
    return `(seq 1 ${count} | while read i; do echo "${name} $i"; done${to}) &`;
  });
  return `${loops.join("\n")}\nwait\nexit ${STATUS}`;
}

/** Checks what one stream says while it comes: each writer's lines, all of them, in order. */
export class StreamCheck {
  readonly #next: Map<string, number>;
  readonly #count: number;
  #held = "";
  #fault: string | undefined;

  constructor(stream: Writer["stream"], count: number) {
    this.#next = new Map(
      WRITERS.filter((writer) => writer.stream === stream).map(({ name }) => [name, 1]),
    );
    this.#count = count;
  }

  push(text: string): void {
    const lines = (this.#held + text).split("\n");
    this.#held = lines.pop() ?? "";
    for (const line of lines) this.#line(line);
  }

  /** The first thing that was wrong, when the stream has ended. */
  end(): string | undefined {
    if (this.#fault !== undefined) return this.#fault;
    if (this.#held !== "") return `it ended inside a line: "${this.#held}"`;
    for (const [name, next] of this.#next)
      if (next !== this.#count + 1) return `${name} got to line ${next - 1} of ${this.#count}`;
    return undefined;
  }

  #line(line: string): void {
    const [name = "", number = ""] = line.split(" ");
    const next = this.#next.get(name);
    if (next !== undefined && line === `${name} ${next}`) this.#next.set(name, next + 1);
    else this.#fault ??= `"${line}" came where ${name} ${number} was not next (${next})`;
  }
}
