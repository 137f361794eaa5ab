import { expect, test } from "vitest";
import { pipeThroughXz } from "./host-xz.ts";

/** What a broken pipe must not become: an error that nobody waits for, which ends vimto. */
async function unhandledDuring(act: () => Promise<void>): Promise<unknown[]> {
  const errors: unknown[] = [];
  const note = (error: unknown) => errors.push(error);
  process.on("unhandledRejection", note);
  try {
    await act();
    // Rejections are told after the microtasks of a turn.
    await Bun.sleep(0);
    return errors;
  } finally {
    process.off("unhandledRejection", note);
  }
}

test("a program that ends before it has read its input is one error", async () => {
  async function* zeros() {
    for (let index = 0; index < 20; index++) yield new Uint8Array(65_536);
  }
  const unhandled = await unhandledDuring(async () => {
    for (let time = 0; time < 20; time++) {
      const unpacked = pipeThroughXz("/bin/false", zeros(), () => {}, undefined);
      await expect(unpacked).rejects.toThrow("xz ended with status 1");
    }
  });
  expect(unhandled).toEqual([]);
});
