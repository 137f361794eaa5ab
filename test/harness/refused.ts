import { compare } from "./expected.ts";
import { vimto } from "./vimto.ts";

/** Exit status 125 and this sentence alone; `vimto` looks for what is left behind. */
export async function refused(
  args: readonly string[],
  sentence: string | RegExp,
  options: Parameters<typeof vimto>[1] = {},
): Promise<void> {
  const stderr = typeof sentence === "string" ? `vimto: ${sentence}\n` : sentence;
  compare(await vimto(args, options), { stderr, status: 125 });
}
