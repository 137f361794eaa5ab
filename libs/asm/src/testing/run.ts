import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Architecture, ownArchitecture } from "@vimto/linux";
import { skip } from "@vimto/linux/testing/skip";
import { onTestFinished, type TestContext } from "vitest";
import { type Executable, emit } from "../emit.ts";
import type { Program } from "../program.ts";
import { writeProgram } from "./program-file.ts";

/** A program that does not end by itself is ended after this many milliseconds. */
const LONGEST = 60_000;

/** The words in front of a command line with which programs of `arch` run on this machine. */
export function emulator(context: TestContext, arch: Architecture): readonly string[] {
  if (arch === ownArchitecture) return [];
  const qemu = Bun.which(`qemu-${arch}`);
  return qemu === null ? skip(context, `there is no qemu-${arch} (package qemu-user)`) : [qemu];
}

/** A directory for the programs of one test file. */
export class Workshop {
  readonly directory = mkdtempSync(join(tmpdir(), "vimto-native-"));
  #files = 0;

  /** A directory that is new and empty. */
  subdirectory(): string {
    this.#files += 1;
    const path = join(this.directory, String(this.#files));
    mkdirSync(path);
    return path;
  }

  /** Writes the program to a file and returns its path. */
  place(program: Program | Executable, arch: Architecture): string {
    const { bytes } = "bytes" in program ? program : emit(program, arch);
    return this.file(bytes, 0o755);
  }

  file(bytes: Uint8Array | string, mode = 0o644): string {
    this.#files += 1;
    const path = join(this.directory, String(this.#files));
    if ((mode & 0o111) === 0) writeFileSync(path, bytes, { mode });
    else writeProgram(path, bytes);
    return path;
  }

  remove(): void {
    rmSync(this.directory, { recursive: true });
  }
}

/** How a process ended: its status, or the name of a signal. */
export type Ending = number | string;

export type Running = { readonly pid: number; readonly ended: Promise<Ending>; kill(): void };

export type Place = number | "ignore";

/**
 * Starts a command with these descriptors for its 0, 1, 2 and so on; they stay open here. It does not
 * outlive the test.
 */
export function start(
  cmd: readonly string[],
  descriptors: readonly Place[] = [],
  env: Record<string, string> = {},
): Running {
  const [stdin = "ignore", stdout = "ignore", stderr = "ignore", ...more] = descriptors;
  const child = Bun.spawn({
    cmd: [...cmd],
    stdio: [stdin, stdout, stderr, ...more],
    env,
    timeout: LONGEST,
    killSignal: "SIGKILL",
  });
  const kill = () => child.kill("SIGKILL");
  onTestFinished(kill);
  return {
    pid: child.pid,
    ended: child.exited.then((status) => child.signalCode ?? status),
    kill,
  };
}
