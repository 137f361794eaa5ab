import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";

const top = mkdtempSync(join(tmpdir(), "unreadable-"));
afterAll(() => {
  chmodSync(join(top, "closed"), 0o700);
  rmSync(top, { recursive: true, force: true });
});

mkdirSync(join(top, "closed"));
mkdirSync(join(top, "closed/below"));
chmodSync(join(top, "closed"), 0);
writeFileSync(join(top, ".vimto.toml"), "smp = 2");
chmodSync(join(top, ".vimto.toml"), 0);

/** Root may read everything, so a child of root gives up the capabilities that let it. */
const bare =
  process.getuid?.() === 0 ? ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] : [];

/** The sentence with which a module's function, called in such a child, fails. */
function failure(module: string, call: string): string {
  const script = `const m = await import(${JSON.stringify(join(import.meta.dirname, module))});
try { await m.${call}; } catch (error) { process.stdout.write(error.code + ": " + error.message); }`;
  const [program = "", ...args] = [...bare, process.execPath, "-e", script];
  return execFileSync(program, args, { encoding: "utf8" });
}

test("a settings file that the user may not read is refused, never ignored", () => {
  expect(failure("file.ts", `readSettingsFile(${JSON.stringify(top)})`)).toBe(
    `file-unreadable: settings file ${top}/.vimto.toml cannot be read: you may not read it; change its mode or owner`,
  );
});

test("a working directory that the user may not search is not taken for a settings file", () => {
  const closed = join(top, "closed");
  expect(failure("file.ts", `readSettingsFile(${JSON.stringify(closed)})`)).toBe(
    `file-unreadable: you may not search the directory ${closed}; change its mode, or start vimto in another`,
  );
});

test.each(["closed", "closed/below"])("share %s cannot be read", (name) => {
  expect(failure("shares.ts", `parseShare("${name}", "--share", ${JSON.stringify(top)})`)).toBe(
    `share: --share "${name}" cannot be read by you; change its mode or owner`,
  );
});
