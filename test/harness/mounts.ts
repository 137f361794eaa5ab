import { mkdirSync } from "node:fs";
import { base, emptyDirectory } from "./place.ts";

/**
 * A file system of its own on a new directory. Only processes that run `under` it see it. It goes with the
 * process that holds it, however the tests end.
 */
export class PrivateMount implements AsyncDisposable {
  readonly directory: string;
  readonly #holder: Bun.Subprocess<"pipe", "pipe", "inherit">;

  private constructor(directory: string, holder: Bun.Subprocess<"pipe", "pipe", "inherit">) {
    this.directory = directory;
    this.#holder = holder;
  }

  /** A tmpfs with these mount options. */
  static async tmpfs(options: string): Promise<PrivateMount> {
    const directory = emptyDirectory("mount");
    mkdirSync(directory, { recursive: true });
    const mapped = isRoot ? [] : ["--map-root-user"];
    const script = 'mount -t tmpfs -o "$2" tmpfs "$1" && echo mounted && exec cat';
    const holder = Bun.spawn(
      [
        ...["unshare", "--mount", "--propagation", "private", ...mapped],
        ...["sh", "-c", script, "sh", directory, options],
      ],
      { stdin: "pipe", stdout: "pipe", stderr: "inherit" },
    );
    const { value } = await holder.stdout.getReader().read();
    if (value === undefined) throw new Error(`cannot mount a tmpfs with ${options}`);
    return new PrivateMount(directory, holder);
  }

  /** Put in front of a command, these words run it in this directory where the mount is seen. */
  under(directory: string = base): readonly string[] {
    const user = isRoot ? [] : ["--user", "--preserve-credentials"];
    // To enter a mount namespace is to be at its root (setns(2)).
    return [
      ...["nsenter", `--target=${this.#holder.pid}`, "--mount", ...user],
      ...["sh", "-c", 'cd "$1" && shift && exec "$@"', "sh", directory],
    ];
  }

  /** What a shell command prints that runs in the mounted directory. */
  shell(command: string): string {
    const words = [...this.under(this.directory), "sh", "-c", command];
    const { stdout, exitCode } = Bun.spawnSync(words, { stderr: "inherit" });
    if (exitCode !== 0) throw new Error(`${command} ended with ${exitCode}`);
    return stdout.toString();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#holder.kill();
    await this.#holder.exited;
  }
}

const isRoot = process.getuid?.() === 0;
