import { mkdirSync } from "node:fs";
import { emptyDirectory } from "./place.ts";

/**
 * A file system of its own on a new directory, seen by those alone who run `under` it: it is gone with the
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

  /** Put in front of a command, these words run it where the mount is seen. */
  get under(): readonly string[] {
    const user = isRoot ? [] : ["--user", "--preserve-credentials"];
    // The working directory is looked up anew, in the namespace that was entered.
    return [
      ...["nsenter", `--target=${this.#holder.pid}`, "--mount", ...user],
      ...["sh", "-c", 'cd "$PWD" && exec "$@"', "sh"],
    ];
  }

  /** What a shell command prints where the mount is seen. */
  shell(command: string): string {
    const words = [...this.under, "sh", "-c", command];
    const { stdout, exitCode } = Bun.spawnSync(words, { cwd: this.directory, stderr: "inherit" });
    if (exitCode !== 0) throw new Error(`${command} ended with ${exitCode}`);
    return stdout.toString();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#holder.kill();
    await this.#holder.exited;
  }
}

const isRoot = process.getuid?.() === 0;
