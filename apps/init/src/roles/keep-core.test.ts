import { closeSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { architectures } from "@vimto/linux";
import { afterAll, describe, expect, onTestFinished, type TestContext, test } from "vitest";
import { pipeTo } from "../../../../libs/asm/src/testing/descriptors.ts";
import { Random } from "../../../../libs/asm/src/testing/random.ts";
import { emulator, start, Workshop } from "../../../../libs/asm/src/testing/run.ts";
import { compiled } from "../main.ts";

const workshop = new Workshop();
afterAll(() => workshop.remove());

const NAME = "core-1-a b.2.3";
/** As %c of core(5) has it. */
const UNLIMITED = "18446744073709551615";
const dump = new Random(3).bytes(1_000_000);

describe.each(architectures)("keep-core on %s", (arch) => {
  const program = workshop.place(compiled(arch), arch);

  /** Gives it the dump of a process that works in the directory. */
  async function keep(context: TestContext, cwd: string, limit: string) {
    const crashed = Bun.spawn(["sleep", "1000"], { cwd });
    onTestFinished(() => crashed.kill());
    const stdin = pipeTo();
    const cmd = [...emulator(context, arch), program, `${crashed.pid}`, limit, NAME];
    const running = start(cmd, [stdin.theirs]);
    closeSync(stdin.theirs);
    // It reads nothing of what it does not keep.
    await stdin.ours.put(dump).catch(() => {});
    stdin.ours.close();
    return await running.ended;
  }

  test("writes a dump where the process works, for its owner alone", async (context) => {
    const cwd = workshop.subdirectory();
    expect(await keep(context, cwd, UNLIMITED)).toBe(0);
    const core = join(cwd, NAME);
    expect(Buffer.compare(readFileSync(core), dump)).toBe(0);
    expect(statSync(core).mode & 0o777).toBe(0o600);
  });

  test("keeps none where the process wanted none", async (context) => {
    const cwd = workshop.subdirectory();
    expect(await keep(context, cwd, "0")).toBe(0);
    expect(readdirSync(cwd)).toEqual([]);
  });

  test("leaves a file that is there alone", async (context) => {
    const cwd = workshop.subdirectory();
    writeFileSync(join(cwd, NAME), "mine");
    expect(await keep(context, cwd, UNLIMITED)).toBe(1);
    expect(readFileSync(join(cwd, NAME), "utf8")).toBe("mine");
  });

  test("does nothing when a user starts it", async (context) => {
    expect(await start([...emulator(context, arch), program]).ended).toBe(1);
  });
});
