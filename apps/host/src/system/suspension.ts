/**
 * Calls `before` when the user suspends this process (Ctrl-Z), stops it, and calls `after` when it goes on, maybe more
 * than once. A process group without a shell that could continue it is never stopped by SIGTSTP (POSIX.1-2024, System
 * Interfaces 2.4.3, "orphaned process group"); `after` follows at once then.
 *
 * @returns the function that ends this
 */
export function onSuspension(before: () => void | Promise<void>, after: () => void): () => void {
  let over = false;
  const suspended = async () => {
    await before();
    process.off("SIGTSTP", suspended);
    process.kill(process.pid, "SIGTSTP");
    if (!over) after();
  };
  const continued = () => {
    process.off("SIGTSTP", suspended);
    process.on("SIGTSTP", suspended);
    after();
  };
  process.on("SIGTSTP", suspended);
  process.on("SIGCONT", continued);
  return () => {
    over = true;
    process.off("SIGTSTP", suspended);
    process.off("SIGCONT", continued);
  };
}
