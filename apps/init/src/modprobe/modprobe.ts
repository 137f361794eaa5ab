import { Builder, type BuilderOptions, at as inside, type Program } from "@vimto/asm";
import { readArguments } from "./arguments.ts";
import { makeCommand } from "./command.ts";
import { readConfig } from "./config.ts";
import type { Context } from "./context.ts";
import { makeFiles } from "./files.ts";
import { makeState } from "./insert.ts";
import { makeLoad } from "./load.ts";
import { makeLookup } from "./lookup.ts";
import { makeRemove } from "./remove.ts";
import { makeWords, spanVariables } from "./words.ts";
import { makeWriter } from "./writer.ts";

/** Offset of `release` in struct utsname (include/uapi/linux/utsname.h: members of 65 bytes). */
const UTS_RELEASE = 2 * 65;
const UTS_SIZE = 6 * 65;
const PATH_MAX = 4096;
/** Variables of all routines. */
const VARIABLES = 320;

/**
 * `modprobe` for a root without one: the kernel's helper (kernel/kmod.c starts it as `modprobe -q -- ALIAS`),
 * and a command. It reads modprobe.d(5) and the text files of depmod(8), as modprobe(8) of kmod does; messages
 * and exit statuses are kmod's.
 */
export function modprobe(options: BuilderOptions = {}): Program {
  const p = new Builder({ ...options, variables: VARIABLES });
  const words = makeWords(p);
  const writer = makeWriter(p);
  const files = makeFiles(p);
  const {
    flags,
    names,
    root,
    release,
    config: only,
    environment,
  } = readArguments(p, words, writer);

  const uts = p.buffer(UTS_SIZE);
  p.syscall("uname", uts);
  p.when(release, "==", 0, () => p.set(release, inside(uts, UTS_RELEASE)));
  p.when(root, "==", 0, () => p.set(root, writer.constant("")));
  const directory = p.buffer(PATH_MAX);
  writer.begin();
  writer.put({ text: root }, "/lib/modules/", { text: release });
  writer.copyTo(directory, PATH_MAX);

  const config = spanVariables(p);
  const soft = spanVariables(p);
  readConfig(p, { files, writer }, config, only);
  files.read(soft, writer.text({ text: directory }, "/modules.softdep"));
  p.set(config.end, files.free);

  const parameters = spanVariables(p);
  const lookup = makeLookup(p, { words, files, writer, directory, config });
  const status = p.variable();
  const context: Context = {
    p,
    words,
    files,
    writer,
    lookup,
    flags,
    config,
    directory,
    parameters,
    environment,
    status,
  };
  const state = makeState(context);
  const command = makeCommand(context);
  const load = makeLoad(context, state, command);
  const remove = makeRemove(context, state, command);

  const pointer = p.variable();
  const name = spanVariables(p);
  const byte = p.variable();
  p.set(pointer, names.start);
  p.loop((jumpOut) => {
    p.when(pointer, "==", names.end, jumpOut);
    p.load(name.start, 8, pointer);
    p.math(pointer, pointer, "add", 8);
    p.set(name.end, name.start);
    p.loop((ended) => {
      p.load(byte, 1, name.end);
      p.when(byte, "==", 0, ended);
      p.math(name.end, name.end, "add", 1);
    });
    p.when(
      flags.remove,
      "!=",
      0,
      () => remove(name),
      () => {
        p.when(flags.all, "==", 0, () => {
          p.set(parameters.start, pointer);
          p.set(parameters.end, names.end);
          p.set(pointer, names.end);
        });
        load(name);
      },
    );
  });
  p.exit(status);
  return p.build();
}
