import { Script } from "@vimto/script";
import { expect, test } from "vitest";
import { listing } from "../../../../../libs/script/src/testing/listing.ts";
import type { Step } from "../../steps.ts";
import { modprobe } from "./modprobe.ts";

test("the program is written over the root's sbin, for everybody to run", () => {
  const script = new Script<Step>("x86_64");
  modprobe(Uint8Array.of(0x7f, 0x45), "/upper/root-upper", "/usr/sbin").boot?.(script);
  expect(listing(script, "x86_64")).toMatchSnapshot();
});
