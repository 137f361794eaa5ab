import { ConsoleLog, ConsoleWatcher, classifyStderr, Qmp, queryStatus } from "@vimto/qemu";
import { Failure } from "../failure.ts";
import type { Connection } from "../system/connection.ts";
import type { ChildExit } from "../system/tethered.ts";
import { type GuestInitEnd, guestInitEnd, placeAt } from "./guest-init.ts";
import { LIMIT_REACHED, MemoryRoom } from "./memory-room.ts";
import { type QemuProcess, startQemu } from "./process.ts";

const TAIL_LINES = 25;
/** A report of the kernel's: the fault, the registers, the call trace. */
const TROUBLE_LINES = 40;
const TROUBLE =
  /Kernel panic - not syncing|\bBUG: |\bOops: |kernel BUG at|general protection fault|Unable to handle kernel/;
/** Power off by /proc/sysrq-trigger: devices go first, and then guest init says that it lost the port. */
const SYSRQ_POWER_OFF = /\bsysrq: Power Off\s*$/;
/** kernel/reboot.c, kernel_halt: nothing runs any more, and QEMU does not learn of it. */
const HALTED = /\breboot: System halted\s*$/;
/** How long to wait for a guest that has said why it ends. */
const POWER_OFF_MS = 10_000;

export type MachineOptions = {
  readonly binary: string;
  readonly arguments: readonly string[];
  /** Further descriptors for QEMU, from number FIRST_FILE on. */
  readonly files?: readonly number[];
  /** Called with each line of the console. */
  readonly onConsole?: (line: string) => void;
  /** Where the code of guest init comes from, for one that crashed (guest-init.ts, placeAt). */
  readonly places?: () => Promise<string>;
  /** What to say of an int3 that a panic tells of, where QEMU may run code that is no longer there. */
  readonly staleCode?: string | undefined;
};

/** A virtual machine: QEMU, what its console said, and the one reason why it ended. */
export class Machine {
  readonly channel: Connection;
  /** Rejects with QemuError when QEMU ends before it has said anything. */
  readonly qmp: Promise<Qmp>;
  readonly pid: number;
  readonly #process: QemuProcess;
  readonly #log = new ConsoleLog();
  readonly #watcher = new ConsoleWatcher();
  /** What the kernel said from its first oops or panic on; the whole log may follow (panic_print). */
  readonly #trouble: string[] = [];
  #guestInit: GuestInitEnd | undefined;
  readonly #places: MachineOptions["places"];
  readonly #staleCode: string | undefined;
  /** What the guest did to its machine, if QEMU told it in time. */
  #guestDid: "powered itself off" | "halted itself" | "suspended itself" | undefined;
  #internalError = false;
  /** Why something beside the machine ended it. */
  #outside: Failure | undefined;
  #shutdown: string | undefined;
  readonly #awaited: { readonly text: string; readonly resolve: () => void }[] = [];
  readonly #room: MemoryRoom;
  /** Whether the end is our own doing. */
  #ended = false;

  static async start(options: MachineOptions): Promise<Machine> {
    const room = new MemoryRoom();
    const qemu = await startQemu(options.binary, options.arguments, options.files);
    return new Machine(qemu, room, options);
  }

  private constructor(
    process: QemuProcess,
    room: MemoryRoom,
    { onConsole, places, staleCode }: MachineOptions,
  ) {
    this.#process = process;
    this.#room = room;
    room.watch(process.pid, () =>
      this.fail(exhausted("was ended, as it did nothing but wait for memory")),
    );
    process.exited.then(() => room.stop());
    this.#places = places;
    this.#staleCode = staleCode;
    this.pid = process.pid;
    this.channel = process.channel;
    process.console.onData((bytes) => {
      for (const line of this.#log.push(bytes)) this.#consoleLine(line, onConsole);
      this.#watcher.pushUnfinished(this.#log.unfinished);
      // A kernel that panics restarts, which ends QEMU; one that halts before it is unpacked does nothing more.
      if (this.#watcher.halted) this.#process.kill();
    });
    this.qmp = Qmp.open(process.monitor, ({ name, data }) => {
      if (name === "SHUTDOWN") this.#shutdown = String(data.reason);
      if (name === "STOP") this.#stopped();
      if (name === "SUSPEND" || name === "SUSPEND_DISK") {
        this.#guestDid ??= "suspended itself";
        this.#process.kill();
      }
    });
    // A run that needs no QMP learns of QEMU's end by failure().
    this.qmp.catch(() => {});
  }

  /** Why the machine is over, when that was not asked for: resolves once QEMU is gone. */
  async failure(): Promise<Failure> {
    const exit = await this.#process.exited;
    return this.#failure(exit, await this.#guestInitSentence());
  }

  /** Resolves when QEMU's stderr has had `text`. */
  said(text: string): Promise<void> {
    return this.#process.said(text);
  }

  /** Ends a machine that cannot go on, for this reason, unless it has one of its own. */
  fail(reason: Failure): void {
    if (this.#process.kill()) this.#outside ??= reason;
  }

  /** Ends the machine at once; resolves when QEMU is gone. */
  async end(): Promise<void> {
    this.#ended = true;
    this.#process.kill();
    await this.#process.exited;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** The console's last lines, or those that begin with the first sign of a kernel in trouble. */
  tail(): readonly string[] {
    return this.#trouble.length > 0 ? this.#trouble : this.#log.tail(TAIL_LINES);
  }

  /** Resolves when a line of the console, from now on, has `text` in it. */
  consoleSays(text: string): Promise<void> {
    return new Promise((resolve) => this.#awaited.push({ text, resolve }));
  }

  /** Processes that the guest's kernel killed for want of memory. */
  get oomKills(): ConsoleWatcher["oomKills"] {
    return this.#watcher.oomKills;
  }

  #consoleLine(line: string, onConsole: MachineOptions["onConsole"]): void {
    this.#watcher.push(line);
    const began = this.#trouble.length > 0 || TROUBLE.test(line);
    if (began && this.#trouble.length < TROUBLE_LINES && line.trim() !== "")
      this.#trouble.push(line);
    if (this.#guestInit === undefined && this.#guestDid === undefined) {
      this.#guestInit = guestInitEnd(line);
      if (SYSRQ_POWER_OFF.test(line)) this.#guestDid = "powered itself off";
      if (HALTED.test(line)) {
        this.#guestDid = "halted itself";
        this.#process.kill();
      }
      // It powers off now, if the kernel can and no file system holds it up.
      if (this.#guestInit !== undefined || this.#guestDid === "powered itself off")
        setTimeout(() => this.#process.kill(), POWER_OFF_MS).unref();
    }
    for (const { text, resolve } of this.#awaited) if (line.includes(text)) resolve();
    onConsole?.(line);
  }

  /** A machine that KVM gave up on only says STOP; there is no event of its own for that. */
  #stopped(): void {
    this.qmp.then(queryStatus).then(
      ({ status }) => {
        if (status !== "internal-error") return;
        this.#internalError = true;
        this.#process.kill();
      },
      () => {},
    );
  }

  async #guestInitSentence(): Promise<string | undefined> {
    if (this.#guestInit === undefined) return undefined;
    const { sentence, address } = this.#guestInit;
    const places = address === undefined ? undefined : await this.#places?.();
    const place = places === undefined ? undefined : placeAt(places, address ?? 0);
    return place === undefined ? sentence : `${sentence} (${place})`;
  }

  #failure(exit: ChildExit, guestInit: string | undefined): Failure {
    const console = this.tail();
    const ending = this.#watcher.ending;
    if (this.#outside !== undefined) return this.#outside;
    if (this.#internalError)
      return new Failure(
        "qemu",
        "KVM stopped the machine with an internal error, so it cannot run guests on this host; use --accel tcg",
      );
    if (ending !== undefined) {
      const { sentence } = ending;
      const stale = /\bint3\b/.test(sentence) ? this.#staleCode : undefined;
      return stale === undefined
        ? new Failure("panic", sentence, { console })
        : new Failure("panic", `${sentence}; ${stale}`, { console, transient: true });
    }
    if (this.#guestDid !== undefined) return this.#leftBy(this.#guestDid);
    if (guestInit !== undefined) return new Failure("guest-init", guestInit, { console });
    // A QEMU that gives up says why; one that is killed says nothing.
    const said = exit.stderr.trim().split("\n").at(-1) ?? "";
    const reason = exit.status === 0 ? undefined : classifyStderr(exit.stderr)?.sentence;
    if (reason !== undefined) return new Failure("qemu", reason);
    if (exit.signal === "SIGKILL" && this.#room.killed)
      return exhausted("was killed by the kernel");
    if (exit.signal !== undefined)
      return new Failure(
        "qemu",
        exit.signal === "SIGABRT"
          ? `QEMU gave up (SIGABRT) and said ${JSON.stringify(said)}`
          : `QEMU was ended by ${exit.signal}, from outside vimto; run it again`,
      );
    if (exit.status !== 0)
      return new Failure(
        "qemu",
        `QEMU ended with status ${exit.status} and said ${JSON.stringify(said)}`,
      );
    return this.#leftBy(this.#shutdown === "guest-reset" ? "restarted" : "powered itself off");
  }

  #leftBy(what: string): Failure {
    const console = this.tail();
    return new Failure("powered-off", `the guest ${what} before the command was over`, { console });
  }
}

const exhausted = (what: string) => new Failure("qemu", `QEMU ${what}: ${LIMIT_REACHED}`);
