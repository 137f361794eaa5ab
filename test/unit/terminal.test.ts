import { expect, test } from "vitest";
import { root } from "../harness/place.ts";
import { Pty } from "../harness/pty.ts";

/**
 * What a terminal shows when a process that made it raw is killed, once its keeper has ended: whether the
 * modes are as before. `meanwhile` runs on the raw terminal.
 */
async function afterKill(meanwhile: string): Promise<string[]> {
  const program = `
    import { Terminal } from ${JSON.stringify(`${root}/apps/host/src/system/terminal.ts`)};
    new Terminal().raw();
    const sh = (command) => Bun.spawnSync(["sh", "-c", command], { stdio: ["inherit", "pipe", "inherit"] });
    sh(${JSON.stringify(meanwhile)});
    const keeper = sh(\`pgrep -P \${process.pid} -f ^/proc/\`).stdout.toString().trim();
    console.error(keeper);
    process.kill(process.pid, "SIGKILL");`;
  const script = `
    before=$(stty -g)
    keeper=$("$@" 2>&1 >/dev/null)
    while grep -qs '^State:[[:space:]]*[^Z[:space:]]' "/proc/$keeper/status"; do :; done
    after=$(stty -g)
    stty sane
    test -n "$keeper" && echo "kept by one"
    if [ "$after" = "$before" ]; then echo as before; else echo changed; fi`;
  const pty = new Pty(["bash", "-c", script, "bash", process.execPath, "-e", program], {
    cwd: root,
    env: process.env,
  });
  await pty.exited;
  return pty.text.split("\r\n").filter((line) => line !== "" && !line.includes("Killed"));
}

test("a raw terminal has its modes back after kill -9", async () => {
  expect(await afterKill("true")).toEqual(["kept by one", "as before"]);
});

test("modes that a shell has set meanwhile stay", async () => {
  expect(await afterKill("stty -icanon -echo isig")).toEqual(["kept by one", "changed"]);
});
