import type { SharingWay } from "@vimto/kernel";
import type { Forward } from "@vimto/qemu";
import type { Arch } from "../host/machine-size.ts";
import type { KernelTag } from "./kernel-tag.ts";
import type { OutputStyle, ReportChoice, ShardChoice } from "./many-values.ts";
import type { Entry } from "./origin.ts";
import type { SeveralKernels } from "./several.ts";
import type { Share } from "./shares.ts";
import type { SettingKey } from "./table/table.ts";

export interface KernelChoice {
  /** As the user names it: a path, host, host:VERSION or an image. */
  readonly text: string;
  /** Absolute; what the text starts from when it is a relative path. */
  readonly directory: string;
  /** The tag to put on the image that the text names (kernels/retag.ts). */
  readonly tag?: KernelTag;
}

export interface SettingsCommand {
  /** As written, for naming it when it fails. */
  readonly text: string;
  /** At least one word. */
  readonly argv: readonly string[];
}

/** Everything that the user decides about a run, checked. */
export interface Settings {
  /** Undefined: nobody named one. */
  readonly kernel: KernelChoice | undefined;
  /** Instead of `kernel`, when more than one is named. */
  readonly several: SeveralKernels | undefined;
  /** Names and patterns that select from several kernels; empty for all. */
  readonly only: readonly string[];
  /** How many run at once; undefined: as many as the host allows. */
  readonly jobs: number | undefined;
  /** Undefined: all. */
  readonly shard: ShardChoice | undefined;
  /** A file with durations, as written. */
  readonly timings: string | undefined;
  /** Whether the first bad one of the kernels is looked for. */
  readonly bisect: boolean;
  /** Whether it may use what earlier searches found. */
  readonly resume: boolean;
  readonly failFast: boolean;
  /** Whether to boot a machine once more that died before its guest was up. */
  readonly retryBoot: boolean;
  readonly output: OutputStyle | undefined;
  readonly reports: readonly ReportChoice[];
  /** What the command may use; a whole number of MiB. */
  readonly memoryBytes: number;
  readonly cpus: number;
  /** What QEMU's -smp takes. */
  readonly smpText: string;
  readonly arch: Arch;
  readonly accel: "auto" | "kvm" | "tcg";
  /** The transport of shares; auto is virtiofs where kernel and host have it. */
  readonly fs: "auto" | SharingWay;
  readonly net: "none" | "user" | "user,restrict";
  /** Ports of the host that lead to the guest. */
  readonly forwards: readonly Forward[];
  /** Kernel arguments to add, in order. */
  readonly append: readonly string[];
  readonly shares: readonly Share[];
  /** Whether the command has a terminal; auto: where stdin and stdout are one. */
  readonly tty: "auto" | "always" | "never";
  /** A shell on the terminal when the command failed. */
  readonly shellOnFailure: boolean;
  /** A name or UID[:GID] as written, "root" with sudo; undefined: the caller. */
  readonly user: string | undefined;
  /** Whether root was asked for with --sudo rather than by name. */
  readonly sudo: boolean;
  readonly setup: readonly SettingsCommand[];
  readonly teardown: readonly SettingsCommand[];
  /** Undefined: no limit. */
  readonly timeoutMs: number | undefined;
  /** Boot, do not resume: asked for, or because of gdb. */
  readonly fresh: boolean;
  readonly pull: "always" | "missing" | "never";
  /** Mirrors of archives, as URLs. */
  readonly mirrors: { readonly debian?: string; readonly ubuntu?: string };
  readonly requireSignature: boolean;
  readonly gdbPort: number | undefined;
  readonly dryRun: boolean;
  readonly verbose: boolean;
  readonly quiet: boolean;
  /** Absolute path of the settings file that was read. */
  readonly file: string | undefined;
  /** Whether --config or VIMTO_CONFIG named that file, or no file. */
  readonly fileNamed: boolean;
  /** Where relative paths of options and variables start: absolute. */
  readonly cwd: string;
  /** The text and origin of every value above, defaults included. */
  readonly written: ReadonlyMap<SettingKey, readonly Entry[]>;
  /** Whole sentences for stderr. */
  readonly warnings: readonly string[];
}
