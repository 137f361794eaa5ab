import { isIgnored } from "./ignored-signals.ts";

type Suspension = {
  readonly before: () => void | Promise<void>;
  readonly after: () => void;
};

/** Those of this process; it stops when all of them are ready. */
const suspensions = new Set<Suspension>();
let stopping = false;

/**
 * Calls `before` when the user suspends this process (Ctrl-Z), stops it, and calls `after` when it goes on, maybe more
 * than once. A process group without a shell that could continue it is never stopped by SIGTSTP (POSIX.1-2024, System
 * Interfaces 2.4.3, "orphaned process group"); `after` follows at once then. It may be asked for several times.
 *
 * @returns the function that ends this
 */
export function onSuspension(before: Suspension["before"], after: () => void): () => void {
  const suspension = { before, after };
  if (suspensions.size === 0) {
    listen();
    process.on("SIGCONT", goOn);
  }
  suspensions.add(suspension);
  return () => {
    suspensions.delete(suspension);
    if (suspensions.size > 0) return;
    process.off("SIGTSTP", suspended);
    process.off("SIGCONT", goOn);
  };
}

function listen(): void {
  process.off("SIGTSTP", suspended);
  if (!isIgnored("SIGTSTP")) process.on("SIGTSTP", suspended);
}

async function suspended(): Promise<void> {
  if (stopping) return;
  stopping = true;
  try {
    await Promise.all([...suspensions].map(({ before }) => before()));
    process.off("SIGTSTP", suspended);
    process.kill(process.pid, "SIGTSTP");
  } finally {
    stopping = false;
  }
  goOn();
}

/** Also where nothing stopped it, so that the next key is looked for before anything is drawn. */
function goOn(): void {
  if (suspensions.size > 0) listen();
  tellAll();
}

function tellAll(): void {
  for (const { after } of [...suspensions]) after();
}
