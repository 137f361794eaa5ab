import { execFileSync } from "node:child_process";

/**
 * Writes a file that is executed next. Another process writes it: of a file that this one has open, a program
 * that another thread is about to start has a copy until it is executed, and Linux executes no file that somebody
 * has open for writing (execve(2), ETXTBSY). Test files run in threads.
 */
export function writeProgram(path: string, content: string | Uint8Array): void {
  execFileSync("sh", ["-c", 'cat >"$1" && chmod 755 "$1"', "sh", path], { input: content });
}
