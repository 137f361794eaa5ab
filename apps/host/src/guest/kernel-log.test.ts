import { expect, test } from "vitest";
import { kernelLogScript } from "./kernel-log.ts";

test("a line for the kernel's log has the level of an error, and its end", () => {
  const script = kernelLogScript("x86_64", "hello");
  expect(script.steps).toEqual(["log", "log", "end"]);
  const text = new TextDecoder("latin1").decode(script.build());
  expect(text).toContain("/dev/kmsg\0");
  expect(text).toContain("<3>hello\n");
});
