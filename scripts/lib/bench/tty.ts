import { Pty } from "../../../test/harness/pty.ts";
import type { Options } from "./options.ts";
import type { Place } from "./place.ts";
import { alternate, median, spread } from "./statistics.ts";
import { type Cell, table } from "./table.ts";

const KEYS = 50;
/** A shell without files of its own, whose prompt is known. */
const SHELL = ["sh", "-i"];
const PROMPT = /\$ $/;

/** How long a shell's prompt takes against the end of `exec true`, and a key until the guest has echoed it. */
export async function tty({ kernels, runs }: Options, place: Place): Promise<string> {
  const rows: Cell[][] = [];
  for (const { name, path } of kernels) {
    const echoes: number[] = [];
    const command = (...words: string[]) => [place.vimto, "--kernel", path, "exec", ...words];
    const environment = { ...process.env, ...place.environment, PS1: "$ ", ENV: "" };
    const start = (words: readonly string[]) =>
      new Pty(words, { cwd: process.cwd(), env: environment });
    const ends = async () => {
      const began = performance.now();
      await start(command("true")).exited;
      return performance.now() - began;
    };
    const prompts = async () => {
      const began = performance.now();
      const pty = start(command(...SHELL));
      await pty.find(PROMPT);
      const ms = performance.now() - began;
      for (let keys = 1; keys <= KEYS; keys++) {
        const typed = performance.now();
        pty.type("x");
        await pty.find(new RegExp(`x{${keys}}$`));
        echoes.push(performance.now() - typed);
      }
      // Takes the line back, and ends the shell.
      pty.type("\x15\x04");
      await pty.exited;
      return ms;
    };
    await ends();
    const [ended = [], prompted = []] = await alternate(runs, [ends, prompts]);
    const { min, max } = spread(echoes);
    const [whole, prompt] = [median(ended), median(prompted)];
    rows.push([name, whole, prompt, prompt / whole, median(echoes), min, max]);
  }
  const header = [
    "kernel",
    "exec true, ms",
    "prompt, ms",
    "ratio",
    "key to echo, ms",
    "min",
    "max",
  ];
  return table(header, rows);
}
