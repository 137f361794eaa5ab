import { expect, test } from "vitest";
import { errnoName } from "./errno.ts";

test.each([
  [2, "ENOENT"],
  [11, "EAGAIN"],
  [4000, "errno 4000"],
  [0, "errno 0"],
])("%d is %s", (errno, name) => {
  expect(errnoName(errno)).toBe(name);
});
