import { SHARING_WAYS } from "@vimto/kernel";
import { expect, test } from "vitest";
import { SHARES } from "../../apps/init/src/roles/sync-host.ts";

test("guest init writes back every kind of share at the end of a run", () => {
  expect([...SHARES].sort()).toEqual([...SHARING_WAYS].sort());
});
