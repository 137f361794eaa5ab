import { createServer } from "node:net";
import { expect, test } from "vitest";
import {
  anyKernel,
  bootAndCompare,
  compare,
  eachKernel,
  project,
  type TestKernel,
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
        await Bun.sleep(1000);
        expect(running.stdout.text).toBe("");
        const commands = [
          "set confirm off",
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
        `vimto: the gdb port ${port} cannot be used: .*; name another with --gdb=PORT\n$`,
      ),
      status: 125,
    });
  } finally {
    server.close();
  }
});
