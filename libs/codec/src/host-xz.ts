import { CodecError } from "./error.ts";

/**
 * Unpacks xz data with the xz program, in a process of its own, which ends with this call.
 * @throws CodecError with what the program says, the signal's reason, and what `input` and `output`
 * throw
 */
export async function pipeThroughXz(
  program: string,
  input: AsyncIterable<Uint8Array>,
  output: (bytes: Uint8Array) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const child = Bun.spawn([program, "--decompress", "--stdout", "--threads=0"], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "pipe",
    // Neither XZ_OPT nor XZ_DEFAULTS, which change what it does.
    env: { LC_ALL: "C" },
  });
  const stop = () => child.kill("SIGKILL");
  signal?.addEventListener("abort", stop, { once: true });
  try {
    const said = new Response(child.stderr).text();
    const fed = feed(child.stdin, input);
    // Handled below; an input that breaks must not count as unhandled meanwhile.
    fed.catch(stop);
    for await (const bytes of child.stdout) output(bytes);
    await fed;
    const status = await child.exited;
    signal?.throwIfAborted();
    if (status !== 0) throw new CodecError(reason(await said, status));
  } finally {
    signal?.removeEventListener("abort", stop);
    stop();
    await child.exited;
  }
}

/** Hands the input to the program; a program that has ended has said why. */
async function feed(stdin: Bun.FileSink, input: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const bytes of input) {
    if (!(await taken(() => stdin.write(bytes)))) break;
    if (!(await taken(() => stdin.flush()))) break;
  }
  await taken(() => stdin.end());
}

/** Whether the program took the piece. Each call of a sink may throw or reject. */
async function taken(act: () => number | Promise<number>): Promise<boolean> {
  try {
    await act();
    return true;
  } catch {
    return false;
  }
}

/** "xz: (stdin): Unexpected end of input" -> "Unexpected end of input" */
function reason(said: string, status: number): string {
  const line = said.trim().split("\n", 1)[0] ?? "";
  return line.replace(/^.*?: (?:\(stdin\): )?/, "") || `xz ended with status ${status}`;
}
