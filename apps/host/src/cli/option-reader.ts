import { didYouMean } from "../settings/nearest.ts";
import { type Option, optionNamed, options, type WrittenOption } from "../settings/options.ts";
import { quoted, UserError } from "../settings/user-error.ts";
import { defaultGdbPort, parseBoolean } from "../settings/values.ts";

/**
 * Reads one option word: `--name`, `--name=value` or `--name value`, each also with one dash as Go's
 * flag package has it. The following word is used only by an option that needs a value.
 *
 * @param command the command that the option follows, empty in front of it
 * @throws UserError unknown-option, missing-value or bad-value
 */
export function readOption(
  word: string,
  following: string | undefined,
  command: string,
): { readonly option: WrittenOption; readonly usedFollowing: boolean } {
  const equals = word.indexOf("=");
  const spelling = equals < 0 ? word : word.slice(0, equals);
  const value = equals < 0 ? undefined : word.slice(equals + 1);
  // As ssh and containers have it; the only option of one letter besides -h.
  if (word === "-t")
    return { option: { name: "tty", spelling, text: "always" }, usedFollowing: false };
  const found = find(spelling, command);
  const { name } = found;
  const written = (text: string, usedFollowing = false) => ({
    option: { name, spelling, text },
    usedFollowing,
  });
  if (value === "") throw missing(spelling, found, "an empty value");
  if (found.kind === "switch") {
    return written(value === undefined || parseBoolean(value, spelling) ? "true" : "false");
  }
  if (found.kind === "port") return written(value ?? "true");
  if (value !== undefined) return written(value);
  if (following === undefined || looksLikeOption(following, command)) {
    throw missing(spelling, found, "no value");
  }
  if (following === "") throw missing(spelling, found, "an empty value");
  return written(following, true);
}

/** Options that a command has for itself; the others may stand anywhere. */
const belongsTo = (option: Option, command: string): boolean =>
  option.group !== "prune" || command === "cache";

function find(spelling: string, command: string) {
  const name = nameOf(spelling);
  const option = name === undefined ? undefined : optionNamed(name);
  if (option && belongsTo(option, command)) return option;
  if (option) {
    throw new UserError(
      "unknown-option",
      `option ${spelling} belongs to: vimto cache prune; see: vimto help cache`,
    );
  }
  const known = options.filter((candidate) => belongsTo(candidate, command));
  throw new UserError(
    "unknown-option",
    `unknown option ${/^-+[\w-]*$/.test(spelling) ? spelling : quoted(spelling)}${didYouMean(
      spelling.replace(/^-+/, ""),
      known.map((candidate) => candidate.name),
      "vimto --help lists the options",
      (candidate) => `--${candidate}`,
    )}`,
  );
}

function nameOf(spelling: string): string | undefined {
  const name = /^--?([^-].*)$/s.exec(spelling)?.[1];
  return name === "h" ? "help" : name;
}

/**
 * Tells a forgotten value: a value hardly ever has the name of one of vimto's options, or of the command `exec`
 * (`--share=exec` passes one that does).
 */
function looksLikeOption(word: string, command: string): boolean {
  if (word === "--" || (word === "exec" && command === "")) return true;
  if (!word.startsWith("-")) return false;
  const option = optionNamed(nameOf(word.split("=", 1)[0] ?? "") ?? "");
  return option !== undefined && belongsTo(option, command);
}

function missing(spelling: string, option: Option, what: string): UserError {
  const example =
    option.kind === "switch"
      ? `${spelling}=true`
      : option.kind === "port"
        ? `${spelling}=${defaultGdbPort}`
        : `${spelling} ${option.example}`;
  return new UserError(
    "missing-value",
    `option ${spelling} has ${what}; write for example: ${example}`,
  );
}
