import type { Builder, Value, Variable } from "@vimto/asm";
import {
  CLONE_PARENT,
  EINTR,
  EINVAL,
  O_CLOEXEC,
  O_NOCTTY,
  O_RDWR,
  SIGCHLD,
  SIGKILL,
  TIOCGPTPEER,
} from "@vimto/linux";
import { writeAll } from "./common.ts";

const CHUNK = 64 * 1024;
/** The character that ends the input of a program that reads lines (termios(3), VEOF). */
const END_OF_INPUT = 4;

/**
 * Joins a pseudo-terminal to the pipes of stdin and stdout, for a process that is about to become a command:
 * `result` is the side that becomes its terminal, or minus an errno. One process moves what is typed, until
 * stdin ends; another moves what is printed, until the kernel has hung the terminal up, as it does when the
 * command, which leads its session, is over (drivers/tty/tty_io.c, disassociate_ctty). They only block, and
 * are children of this process's parent, which waits for them: no byte is lost, and the command has no child
 * that it did not make.
 */
export function joinTerminal(
  p: Builder,
  master: Value,
  others: readonly number[],
  result: Variable,
): void {
  p.syscallTo(result, "ioctl", master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
  p.when(result, ">=", 0, () =>
    p.scope(() => {
      const typing = p.variable();
      const printing = p.variable();
      forkBeside(p, typing);
      p.when(typing, "==", 0, () => {
        for (const fd of [result, 1, 2, ...others]) p.syscall("close", fd);
        moveTyped(p, master);
      });
      p.when(typing, "<", 0, () => p.set(result, typing));
      p.when(typing, ">", 0, () => {
        forkBeside(p, printing);
        p.when(printing, "==", 0, () => {
          for (const fd of [result, 0, 2, ...others]) p.syscall("close", fd);
          movePrinted(p, master, typing);
        });
        p.when(printing, "<", 0, () => p.set(result, printing));
      });
    }),
  );
}

/** Forks a child of this process's parent. */
function forkBeside(p: Builder, to: Variable): void {
  p.syscallTo(to, "clone", CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
  // qemu-user, under which tests run this, knows the flags of fork(2) alone (linux-user/syscall.c, do_fork).
  p.when(to, "==", -EINVAL, () => p.syscallTo(to, "clone", SIGCHLD, 0, 0, 0, 0));
}

function moveTyped(p: Builder, master: Value): void {
  const chunk = p.buffer(CHUNK);
  const length = p.variable();
  p.loop((jumpOut, jumpBack) => {
    p.syscallTo(length, "read", 0, chunk, CHUNK);
    p.when(length, "==", -EINTR, jumpBack);
    p.when(length, "<=", 0, jumpOut);
    writeAll(p, master, chunk, length, () => p.exit(0));
  });
  p.store(1, chunk, END_OF_INPUT);
  p.syscall("write", master, chunk, 1);
  p.exit(0);
}

function movePrinted(p: Builder, master: Value, typing: Variable): void {
  const chunk = p.buffer(CHUNK);
  const length = p.variable();
  const end = () => {
    p.syscall("kill", typing, SIGKILL);
    p.exit(0);
  };
  p.loop((jumpOut, jumpBack) => {
    p.syscallTo(length, "read", master, chunk, CHUNK);
    p.when(length, "==", -EINTR, jumpBack);
    p.when(length, "<=", 0, jumpOut);
    writeAll(p, 1, chunk, length, end);
  });
  end();
}
