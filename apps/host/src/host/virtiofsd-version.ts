import { SIGKILL } from "@vimto/linux";
import { identityKey, readIdentity } from "@vimto/qemu";
import type { Cache } from "../cache/cache.ts";
import { keyOf } from "../cache/identity.ts";
import { errorCode } from "../failure.ts";
import { kill } from "../system/libc.ts";

/** A virtiofsd answers within milliseconds, or never. */
export const ANSWER_LIMIT_MS = 20_000;

export type VirtiofsdVersion = {
  /** QEMU's own, in C, until QEMU 8.0; or the one in Rust that followed it. */
  readonly program: "qemu" | "rust";
  readonly version: string;
};

/**
 * What `path --version` says, which is asked once for as long as the file is the same. Where it says nothing of
 * use, `why` tells what is known besides: " (ENOEXEC)", or nothing.
 */
export async function versionOf(
  cache: Cache,
  path: string,
  limitMs = ANSWER_LIMIT_MS,
): Promise<VirtiofsdVersion | { readonly program: undefined; readonly why: string }> {
  const name = `facts/virtiofsd-${keyOf(identityKey(await readIdentity(path)))}`;
  let text = cache.useText(name);
  if (text === undefined) {
    const answer = await ask(path, limitMs);
    if (answer.why !== undefined) return { program: undefined, why: answer.why };
    text = answer.text;
    cache.keepText(name, text);
  }
  return programOf(text) ?? { program: undefined, why: "" };
}

type Answer = { readonly text: string; readonly why?: undefined } | { readonly why: string };

async function ask(path: string, limitMs: number): Promise<Answer> {
  let child: Bun.Subprocess<"ignore", "pipe", "ignore">;
  try {
    // It leads a group of its own, with whatever a wrapper in its place starts.
    child = Bun.spawn([path, "--version"], { stdin: "ignore", stderr: "ignore", detached: true });
  } catch (error) {
    // Another architecture's, or a script without its interpreter.
    return { why: ` (${errorCode(error) ?? error})` };
  }
  let limit: Timer | undefined;
  const late = new Promise<Answer>((resolve) => {
    limit = setTimeout(() => {
      kill(-child.pid, SIGKILL);
      resolve({ why: ` (it gave no version in ${limitMs / 1e3} s)` });
    }, limitMs);
  });
  const answer = async (): Promise<Answer> => {
    const text = await new Response(child.stdout).text();
    return (await child.exited) === 0 ? { text } : { why: "" };
  };
  return await Promise.race([answer(), late]).finally(() => clearTimeout(limit));
}

/** "virtiofsd version 7.2.22 (Debian ...)" is QEMU's, "virtiofsd 1.13.2" the other; 1.x said "virtiofsd backend". */
export function programOf(text: string): VirtiofsdVersion | undefined {
  const match = /^virtiofsd (version |backend )?v?(\d+(?:\.\d+)*)/.exec(text);
  const version = match?.[2];
  if (version === undefined) return undefined;
  return { program: match?.[1] === "version " ? "qemu" : "rust", version };
}
