/**
 * Guest init: loads the kernel's modules, mounts what every system has, starts the relays, says hello,
 * and then sleeps. From there on the host's scripts do the work (libs/native/src/script.ts); what
 * is left to this program is signals, the commands of setup and teardown, and the end.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { arch, release } from "node:os";
import { PROTOCOL_VERSION } from "@vimto/protocol/frames";
import { Control } from "./control.ts";
import { Marks } from "./marks.ts";
import { loadModules } from "./modules.ts";
import { mountFileSystems, prepareRoot } from "./mounts.ts";
import { openPort } from "./port.ts";
import { startRelays } from "./relays.ts";
import { serve } from "./serve.ts";
import { interfaceUp } from "./syscalls.ts";

const VERSION = readFileSync("/vimto/version", "utf8");

const marks = new Marks();

/** A failure before the host listens goes to the console, one sentence with the step's name. */
function step<Result>(name: string, run: () => Result): Result {
  try {
    const result = run();
    marks.add(name);
    return result;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    fail(`cannot ${name}: ${why}`);
  }
}

function fail(sentence: string): never {
  writeFileSync("/dev/console", `vimto: guest init: ${sentence}\n`);
  process.exit(1);
}

function main(): void {
  marks.add("guest init");
  step("protect itself from running out of memory", () =>
    writeFileSync("/proc/self/oom_score_adj", "-1000"),
  );
  step("load modules", loadModules);
  step("mount file systems", mountFileSystems);
  step("prepare the root", prepareRoot);
  step("bring loopback up", () => interfaceUp("lo"));
  const port = step("open the port", openPort);
  const channel = step("start the relays", () =>
    startRelays(port, (name, status) =>
      // relay-in ends with 0 when the host has closed the channel: nobody is left to tell.
      fail(`${name} ended with status ${status}`),
    ),
  );
  const control = new Control(channel);
  control.send({
    kind: "hello",
    version: PROTOCOL_VERSION,
    release: release(),
    arch: arch() === "arm64" ? "aarch64" : "x86_64",
    guestInit: VERSION,
    marks: marks.list,
  });
  serve(control, channel).catch((error: unknown) =>
    fail(error instanceof Error ? error.message : String(error)),
  );
}

main();
