import { readdirSync, symlinkSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  anyKernel,
  bootAndCompare,
  compare,
  eachKernel,
  project,
  type TestKernel,
  testKernels,
  vimto,
} from "../harness/index.ts";

/** A port that nobody listens on. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" ? (address?.port ?? 0) : 0;
      server.close(() => resolve(port));
    });
  });
}

/** The file that boots, of a kernel that is a directory. */
function imageIn({ path }: TestKernel): string {
  const boot = join(path, "boot");
  const name = readdirSync(boot).find((entry) => entry.startsWith("vmlinuz"));
  if (name === undefined) throw new Error(`there is no vmlinuz in ${boot}`);
  return join(boot, name);
}

/** Where a kernel function is when the kernel is not moved, from the kernel itself. */
async function addressOf(kernel: TestKernel, symbol: string): Promise<string> {
  const flags = ["--kernel", kernel.path, "--sudo", "--append", "nokaslr"];
  const { stdout } = await vimto([...flags, "exec", "grep", ` ${symbol}$`, "/proc/kallsyms"]);
  const address = /^[0-9a-f]{16}/.exec(new TextDecoder().decode(stdout))?.[0];
  if (address === undefined) throw new Error(`${kernel.name} does not tell where ${symbol} is`);
  return `0x${address}`;
}

eachKernel("--gdb halts the machine until a gdb lets it go", "all", (kernel) => {
  test(kernel.name, async () => {
    const address = await addressOf(kernel, "rest_init");
    const port = await freePort();
    let said = "";
    await bootAndCompare(kernel, {
      flags: [`--gdb=${port}`],
      guest: ["echo", "done"],
      host: async (running) => {
        const wait = /in another terminal type: (gdb .*)\n/;
        const [, line = ""] = await running.stderr.find(wait);
        expect(line).toContain(`gdb -ex 'target remote localhost:${port}'`);
        // The kernel has not come to where it is stopped, or it would never be.
        const commands = [
          "set confirm off",
          // A machine that does not run for a while is still there.
          "set remotetimeout 200",
          "set tcp connect-timeout 200",
          `target remote localhost:${port}`,
          `hbreak *${address}`,
          "continue",
          'printf "stopped at %p\\n", $pc',
          "delete",
          "detach",
        ];
        const gdb = Bun.spawn(["gdb", "-nx", "-batch", ...commands.flatMap((c) => ["-ex", c])], {
          stdout: "pipe",
          stderr: "ignore",
          env: { ...process.env, HOME: project() },
        });
        said = await new Response(gdb.stdout).text();
        expect(await gdb.exited).toBe(0);
      },
      stdout: "done\n",
      stderr: /^vimto: the machine waits for gdb; in another terminal type: gdb .*\n$/,
    });
    expect(said).toContain(`stopped at ${address}\n`);
  });
});

test("the file with symbols is named, and waiting for gdb can be ended", async () => {
  const [kernel] = testKernels("one");
  if (kernel === undefined) throw new Error("no kernel to test with");
  const directory = project({ "boot/vmlinux": "what only gdb reads" });
  symlinkSync(imageIn(kernel), join(directory, "boot/vmlinuz"));
  for (const name of readdirSync(kernel.path).filter((entry) => entry !== "boot"))
    symlinkSync(join(kernel.path, name), join(directory, name));
  const port = await freePort();
  await bootAndCompare(
    { ...kernel, path: directory },
    {
      flags: [`--gdb=${port}`],
      guest: ["echo", "never"],
      host: async (running) => {
        await running.stderr.find(/in another terminal type: .*\n/);
        running.process.kill("SIGTERM");
      },
      stderr: `vimto: the machine waits for gdb; in another terminal type: gdb -ex 'target remote localhost:${port}' ${directory}/boot/vmlinux\nvimto: the machine was ended by SIGTERM\n`,
      status: 143,
    },
  );
});

test("a port that is taken is named", async () => {
  const server = createServer();
  const port = await new Promise<number>((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" ? (address?.port ?? 0) : 0);
    });
  });
  try {
    const flags = ["--kernel", anyKernel(), `--gdb=${port}`];
    compare(await vimto([...flags, "exec", "true"]), {
      stderr: new RegExp(
        `^vimto: the gdb port ${port} cannot be used: .*; name another with --gdb=PORT\n$`,
      ),
      status: 125,
    });
  } finally {
    server.close();
  }
});
