import { join } from "node:path";
import { expect, test } from "vitest";

const program = `
const { isIgnored } = await import(${JSON.stringify(join(import.meta.dirname, "ignored-signals.ts"))});
process.stdout.write(["SIGHUP", "SIGINT", "SIGTERM"].filter(isIgnored).join(" "));
`;
const ignored = (...under: string[]) =>
  Bun.spawnSync([...under, process.execPath, "-e", program], {
    stdio: ["ignore", "pipe", "ignore"],
  }).stdout.toString();

test("a process knows what it was started to ignore", () => {
  expect(ignored("env", "--default-signal")).toBe("");
  expect(ignored("env", "--default-signal", "nohup")).toBe("SIGHUP");
  expect(ignored("sh", "-c", 'trap "" INT TERM; exec "$@"', "sh")).toBe("SIGINT SIGTERM");
});
