import { dirname } from "node:path";
import type { HostLimits } from "../host/machine-size.ts";
import { disableKvm, type EnvironmentSettings } from "./environment.ts";
import type { SettingsFile } from "./file.ts";
import { type KernelTag, kernelOf } from "./kernel-tag.ts";
import { usualMemory } from "./memory.ts";
import { optionNamed, type WrittenOption } from "./options.ts";
import { type Entry, type Layer, type Origin, valueName } from "./origin.ts";
import { collide, parsePublish } from "./publish.ts";
import type { Settings, SettingsCommand } from "./settings.ts";
import { type SeveralKernels, severalKernels } from "./several.ts";
import { parseShare, type Share } from "./shares.ts";
import { type Parsed, parsed, type SettingKey, settingKeys, settingOf } from "./table/table.ts";
import { quoted, UserError } from "./user-error.ts";
import { parseBoolean } from "./values.ts";
import { shellSplit } from "./words.ts";

export interface Places {
  readonly options: readonly WrittenOption[];
  readonly environment: EnvironmentSettings;
  readonly file: SettingsFile | undefined;
  readonly fileNamed: boolean;
  /** Absolute. */
  readonly cwd: string;
  readonly host: HostLimits;
  /** One of several kernels, in place of the kernel that the places name; see SeveralKernels. */
  readonly chosen?: { readonly named: readonly Entry[]; readonly differing: Layer };
}

/**
 * Joins what the places say and checks it: an option beats the environment, the environment beats the file, and
 * the file beats the default. Lists (append, share) hold what all places say, the file's first.
 *
 * @throws UserError with one sentence that names the place of the value
 */
export function effectiveSettings(places: Places): Settings {
  const { file, cwd, host } = places;
  const said = [file?.layer, places.environment.layer, optionLayer(places.options)].flatMap(
    (layer) => layer ?? [],
  );
  const several = places.chosen === undefined ? severalKernels(said) : undefined;
  const layers = places.chosen === undefined ? said : withChosen(said, places.chosen);
  const { written, tag } = joined(layers, host, several);
  const one = <Key extends SettingKey>(key: Key): Parsed<Key> | undefined => {
    const entry = written.get(key)?.at(-1);
    return entry && parsed(key, entry.text, valueName(entry.origin), { host });
  };
  const all = <T>(key: SettingKey, parse: (entry: Entry) => T): T[] =>
    (written.get(key) ?? []).map(parse);
  const need = <Key extends SettingKey>(key: Key): NonNullable<Parsed<Key>> => {
    const value = one(key);
    if (value === undefined || value === null) throw new Error(`setting ${key} has no default`);
    return value;
  };
  const on = (key: Switch) => one(key) ?? false;
  const kernel = written.get("kernel")?.at(-1);
  // With a tag, the image that it replaces the tag of decides where a relative path starts.
  const named = layers
    .flatMap((layer) => layer.get("kernel") ?? [])
    .findLast(({ text }) => !text.startsWith(":"));
  const smp = need("smp");
  const gdbPort = one("gdb");
  const [debian, ubuntu] = [one("debian-mirror"), one("ubuntu-mirror")];
  return {
    kernel:
      several === undefined
        ? kernel && {
            text: kernel.text,
            directory: baseOf((named ?? kernel).origin, cwd),
            ...(tag && { tag }),
          }
        : undefined,
    several: several && {
      ...several,
      settingsOf: (named, differing) =>
        effectiveSettings({ ...places, chosen: { named, differing } }),
    },
    only: all("only", (entry) => entry.text),
    jobs: one("jobs"),
    shard: one("shard"),
    timings: timingsOf(written),
    bisect: on("bisect"),
    resume: resumeOf(on("resume"), on("bisect")),
    failFast: failFastOf(written, on("fail-fast"), on("bisect")),
    retryBoot: on("retry-boot"),
    output: one("output"),
    reports: all("report", ({ text, origin }) =>
      parsed("report", text, valueName(origin), { host }),
    ),
    memoryBytes: need("memory"),
    cpus: smp.cpus,
    smpText: smp.text,
    arch: need("arch"),
    accel: need("accel"),
    fs: need("fs"),
    net: need("net"),
    forwards: forwardsOf(need("net"), all("publish", publishOf)),
    append: all("append", (entry) => entry.text),
    shares: uniqueShares(all("share", (entry) => shareOf(entry, cwd))),
    tty: need("tty"),
    shellOnFailure: on("shell-on-failure"),
    user: on("sudo") ? "root" : written.get("user")?.at(-1)?.text,
    sudo: on("sudo"),
    setup: all("setup", commandOf),
    teardown: all("teardown", commandOf),
    timeoutMs: one("timeout"),
    fresh: need("start") === "fresh" || gdbPort !== undefined,
    pull: need("pull"),
    mirrors: { ...(debian && { debian }), ...(ubuntu && { ubuntu }) },
    requireSignature: on("require-signature"),
    gdbPort,
    dryRun: on("dry-run"),
    verbose: on("verbose"),
    quiet: on("quiet"),
    file: file?.path,
    fileNamed: places.fileNamed,
    cwd,
    written,
    warnings: warningsOf(places.environment, written),
  };
}

/** Throws UserError for an option that has no effect. */
function timingsOf(written: Settings["written"]): string | undefined {
  const entry = written.get("timings")?.at(-1);
  const sharded = (written.get("shard") ?? []).length > 0;
  if (entry?.origin.from !== "flag" || sharded) return entry?.text;
  throw new UserError(
    "conflict",
    `${valueName(entry.origin)} ${quoted(entry.text)} is used only with --shard; add --shard I/N, or leave it out`,
  );
}

/** Ignores the file and variables, which may be meant for other commands. Throws UserError for an option. */
function failFastOf(written: Settings["written"], failFast: boolean, bisect: boolean): boolean {
  const origin = written.get("fail-fast")?.at(-1)?.origin;
  if (!failFast || !bisect || origin?.from !== "flag") return failFast && !bisect;
  throw new UserError(
    "conflict",
    "--bisect and --fail-fast do not go together, as a search goes on after a bad kernel; leave one of them out",
  );
}

/** Throws UserError for --resume without --bisect. */
function resumeOf(resume: boolean, bisect: boolean): boolean {
  if (!resume || bisect) return resume;
  throw new UserError(
    "conflict",
    "--resume is used only with --bisect; add --bisect, or leave --resume out",
  );
}

const publishOf = ({ text, origin }: Entry) => {
  const name = valueName(origin);
  return { said: `${name} ${quoted(text)}`, forward: parsePublish(text, name) };
};

function forwardsOf(
  net: Settings["net"],
  entries: readonly ReturnType<typeof publishOf>[],
): Settings["forwards"] {
  for (const [index, { said, forward }] of entries.entries()) {
    if (net === "none")
      throw new UserError("bad-value", `${said} needs a network in the guest; add --net user`);
    const other = entries.slice(0, index).find((earlier) => collide(earlier.forward, forward));
    if (other !== undefined)
      throw new UserError(
        "conflict",
        `${said} is for the same port of the host as ${other.said}; choose another port, or 0 for a free one`,
      );
  }
  return entries.map(({ forward }) => forward);
}

type Switch =
  | "sudo"
  | "require-signature"
  | "dry-run"
  | "verbose"
  | "quiet"
  | "bisect"
  | "resume"
  | "fail-fast"
  | "retry-boot"
  | "shell-on-failure";

/** The layers with one kernel, and with what differs for it, which beats the file. */
function withChosen(
  layers: readonly Layer[],
  { named, differing }: NonNullable<Places["chosen"]>,
): readonly Layer[] {
  const rest = layers.map(
    (layer) => new Map([...layer].filter(([key]) => key !== "kernel" && key !== "kernels")),
  );
  const file = layers.length - 2;
  return [...rest.slice(0, file), differing, ...rest.slice(file), new Map([["kernel", named]])];
}

/** What the command line says, with `--fresh` in the words of the setting that it writes. */
function optionLayer(options: readonly WrittenOption[]): Layer {
  const layer = new Map<SettingKey, Entry[]>();
  for (const { name, spelling, text } of options) {
    const key = optionNamed(name)?.key;
    if (key === undefined) continue;
    const meant = name === "fresh" ? (text === "true" ? "fresh" : "auto") : text;
    const entries = layer.get(key) ?? [];
    entries.push({ text: meant, origin: { from: "flag", spelling } });
    layer.set(key, entries);
  }
  return layer;
}

function joined(
  layers: readonly Layer[],
  host: HostLimits,
  several: Pick<SeveralKernels, "entries" | "below"> | undefined,
): { readonly written: Settings["written"]; readonly tag: KernelTag | undefined } {
  const result = new Map<SettingKey, readonly Entry[]>();
  const kernel = kernelOf(several?.below ?? layers.flatMap((layer) => layer.get("kernel") ?? []));
  for (const key of settingKeys) {
    const entries = layers.flatMap((layer) => layer.get(key) ?? []);
    const { keeps, default: usual } = settingOf(key);
    if (key === "kernels") result.set(key, several?.entries ?? []);
    else if (keeps === "distinct") result.set(key, withoutRepeats(entries));
    else if (keeps === "all") result.set(key, entries);
    else if (key === "kernel") result.set(key, kernel === undefined ? [] : [kernel.entry]);
    else if (key === "user" || key === "sudo") result.set(key, []);
    else result.set(key, entries.slice(-1));
    const text =
      key === "arch" ? host.arch : key === "memory" ? usualMemory(usual ?? "", host) : usual;
    if (text !== undefined && result.get(key)?.length === 0) {
      result.set(key, [{ text, origin: { from: "default" } }]);
    }
  }
  exclude(layers, result, ["user", "sudo"], "name the user, or leave it to --sudo");
  exclude(layers, result, ["verbose", "quiet"], "choose one");
  return { written: result, tag: kernel?.tag };
}

/**
 * Two settings of which one place may turn on only one, while a stronger place overrules both. A
 * switch that is off leaves the other setting to weaker places.
 */
function exclude(
  layers: readonly Layer[],
  result: Map<SettingKey, readonly Entry[]>,
  [first, second]: readonly [SettingKey, SettingKey],
  wayOut: string,
): void {
  const chosen = new Map<SettingKey, Entry>();
  for (const layer of [...layers].reverse()) {
    const here = [first, second].flatMap((key) => {
      const entry = chosen.has(key) ? undefined : layer.get(key)?.at(-1);
      return entry ? [{ key, entry, active: key === "user" || isOn(entry) }] : [];
    });
    const [one, other] = here.filter(({ active }) => active);
    if (one && other) {
      throw new UserError(
        "conflict",
        `${valueName(one.entry.origin)} and ${valueName(other.entry.origin)} contradict each other; ${wayOut}`,
      );
    }
    for (const { key, entry } of here) chosen.set(key, entry);
    if (one) break;
  }
  for (const key of [first, second])
    result.set(
      key,
      [chosen.get(key)].flatMap((e) => e ?? []),
    );
}

const isOn = (entry: Entry): boolean => parseBoolean(entry.text, valueName(entry.origin));

/** Of equal texts the last stays, since the last of several kernel arguments counts. */
const withoutRepeats = (entries: readonly Entry[]): Entry[] =>
  entries.filter((entry, at) => !entries.slice(at + 1).some((later) => later.text === entry.text));

const baseOf = (origin: Origin, cwd: string): string =>
  origin.from === "file" ? dirname(origin.path) : cwd;

const shareOf = (entry: Entry, cwd: string): Share =>
  parseShare(entry.text, valueName(entry.origin), baseOf(entry.origin, cwd));

/** One share a path; the last one written decides whether it is read-only. */
const uniqueShares = (shares: readonly Share[]): Share[] => [
  ...new Map(shares.map((share) => [share.path, share])).values(),
];

function commandOf({ text, origin }: Entry): SettingsCommand {
  const argv = shellSplit(text, valueName(origin));
  if (argv.length > 0) return { text, argv };
  throw new UserError(
    "bad-value",
    `${valueName(origin)} has the empty command ${quoted(text)}; remove it`,
  );
}

function warningsOf(
  environment: EnvironmentSettings,
  written: ReadonlyMap<SettingKey, readonly Entry[]>,
): string[] {
  const origin = written.get("accel")?.at(-1)?.origin;
  const byVariable = origin?.from === "environment" && origin.variable === disableKvm;
  return [...environment.warnings, ...(byVariable ? [`KVM disabled by ${disableKvm}`] : [])];
}
