import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { tar } from "../../libs/archive/src/testing/tar-builder.ts";
import { ImageBuilder, tagged } from "../../libs/oci/src/testing/image-builder.ts";
import {
  compare,
  emptyDirectory,
  executable,
  needs,
  Pty,
  project,
  vimto,
} from "../harness/index.ts";

const cwd = project({ "vmlinuz-of-mine": "", "results/x": "", "given.toml": "" });
const cache = emptyDirectory("cache");
const bin = emptyDirectory("bin");
/** A layout whose images are in the cache. */
const layout = join(cwd, "layout");

/** A vimto that completes as the real one does, and prints what it is run with. */
const script = `#!/bin/sh
[ "$1" = completions ] && exec ${executable} "$@"
printf 'run with'
printf ' [%s]' "$@"
echo
`;

beforeAll(async () => {
  writeFileSync(join(bin, "vimto"), script);
  chmodSync(join(bin, "vimto"), 0o755);
  const builder = new ImageBuilder();
  const layer = builder.layer(tar({ name: "boot/vmlinuz", data: "kernel" }));
  const tags = ["stable", "edge"];
  builder.writeLayout(
    layout,
    tags.map((tag) => tagged(builder.image([layer], { created: tag }), tag)),
  );
  for (const tag of tags)
    compare(
      await vimto(["--arch", "amd64", "--quiet", "pull", `oci:${layout}:${tag}`], { cache }),
      {},
    );
});

/** How each shell is started so that it reads nothing of the user's, and then told of the completions. */
const shells = {
  bash: {
    argv: ["bash", "--norc", "--noprofile", "-i"],
    ready: "source <(vimto completions bash)",
  },
  zsh: {
    argv: ["zsh", "-f", "-i"],
    ready: "autoload -Uz compinit && compinit -u -D && source <(vimto completions zsh)",
  },
  fish: { argv: ["fish", "--no-config", "-i"], ready: "vimto completions fish | source" },
} as const;

/** What is typed, and the words that vimto is run with. */
const lines = [
  ["an option and its value", "vimto --pul\tal\t doctor", "[--pull] [always] [doctor]"],
  ["a value behind =", "vimto --pull=ne\t doctor", "[--pull=never] [doctor]"],
  ["a command", "vimto flu\t", "[flush-cache]"],
  ["a page of the docs", "vimto help arch\t", "[help] [architecture]"],
  [
    "a file as the kernel",
    "vimto --kernel ./vml\t doctor",
    "[--kernel] [./vmlinuz-of-mine] [doctor]",
  ],
  ["a directory to share", "vimto --share resu\t doctor", "[--share] [results/] [doctor]"],
  ["a settings file", "vimto --config=giv\t doctor", "[--config=given.toml] [doctor]"],
  [
    "an image of the cache",
    `vimto --kernel oci:${layout}:st\t doctor`,
    `[--kernel] [oci:${layout}:stable] [doctor]`,
  ],
  ["a tag of the configured image", "vimto --kernel :ed\t doctor", "[--kernel] [:edge] [doctor]"],
  ["this machine's kernel", "vimto --kernel hos\t doctor", "[--kernel] [host] [doctor]"],
  ["a user", "vimto --user nobo\t doctor", "[--user] [nobody] [doctor]"],
  ["the command's program", "vimto exec -- unam\t -a", "[exec] [--] [uname] [-a]"],
  ["the command's files", "vimto --smp 2 exec cat giv\t", "[--smp] [2] [exec] [cat] [given.toml]"],
] as const;

describe.each(["bash", "zsh", "fish"] as const)("%s", (name) => {
  const { argv, ready } = shells[name];

  test("completes what is typed", async (context) => {
    needs(context, Bun.which(name) !== null, `there is no ${name}: run scripts/setup test`);
    const home = emptyDirectory("home");
    mkdirSync(join(home, ".config"));
    const env = {
      HOME: home,
      LANG: "C.UTF-8",
      PATH: `${bin}:/usr/sbin:/usr/bin:/sbin:/bin`,
      TERM: "xterm",
      VIMTO_KERNEL: `oci:${layout}:stable`,
      XDG_CACHE_HOME: cache,
    };
    const pty = new Pty(argv, { cwd, env });
    onTestFinished(() => pty.process.kill("SIGKILL"));
    pty.type(`${ready}; echo read''y\r`);
    await pty.find(/ready[\r\n]/);
    const found: string[] = [];
    for (const [index, [, typed]] of lines.entries()) {
      pty.type(`${typed}; echo en''d${index}\r`);
      await pty.find(new RegExp(`end${index}[\\r\\n]`));
      found.push([...pty.text.matchAll(/run with ([^\r\n]*)/g)].at(-1)?.[1] ?? pty.text);
    }
    const named = (results: readonly string[]) =>
      lines.map(([what], index) => `${what}: ${results[index]?.replace("results]", "results/]")}`);
    expect(named(found)).toEqual(named(lines.map(([, , words]) => words)));
  });
});

test("the manual page has no warning, in groff and in man", async (context) => {
  needs(context, Bun.which("groff") !== null && Bun.which("man") !== null, "no groff or man-db");
  const page = join(cwd, "vimto.1");
  writeFileSync(page, (await vimto(["man"])).stdout);
  for (const command of [
    ["groff", "-man", "-ww", "-b", "-z", page],
    ["man", "--warnings", "-l", page],
  ]) {
    const { exitCode, stderr } = Bun.spawnSync(command, {
      env: { ...process.env, MANWIDTH: "80" },
    });
    expect({ command, exitCode, stderr: stderr.toString() }).toEqual({
      command,
      exitCode: 0,
      stderr: "",
    });
  }
});
