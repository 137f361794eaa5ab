import { readdirSync, readFileSync, realpathSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "vitest";
import {
  eachWay,
  emptyDirectory,
  executable,
  goEnvironment,
  parseSession,
  releaseOf,
  root,
  runSession,
} from "../harness/index.ts";

const directory = join(root, "test/sessions");

/** A directory for PATH that has the vimto under test by that name. */
function onPath(): string {
  const bin = emptyDirectory("bin");
  symlinkSync(executable, join(bin, "vimto"));
  return bin;
}

const env = { ...goEnvironment, PATH: `${onPath()}:${process.env.PATH}` };

for (const file of readdirSync(directory).sort()) {
  const session = parseSession(
    `test/sessions/${file}`,
    readFileSync(join(directory, file), "utf8"),
  );
  eachWay(file, session.kernels, "each", (kernel, way) => {
    test.concurrent(way.label, () =>
      runSession(session, {
        env: { ...env, VIMTO_KERNEL: kernel.path, VIMTO_START: way.start },
        known: {
          kernel: kernel.path,
          release: releaseOf(kernel),
          vimto: realpathSync(executable),
        },
      }),
    );
  });
}
