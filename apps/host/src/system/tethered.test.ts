import { expect, test } from "vitest";
import { tethered } from "./tethered.ts";

test("a program is ended that has only just been started", async () => {
  for (let index = 0; index < 50; index++) {
    const child = tethered(["/bin/sleep", "1000"], []);
    expect(child.kill()).toBe(true);
    expect(await child.exited).toMatchObject({ signal: "SIGKILL" });
    expect(child.kill()).toBe(false);
  }
});
