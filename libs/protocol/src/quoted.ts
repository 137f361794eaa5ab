/** C0, DEL and C1: characters that must not reach a terminal from the other end of the channel. */
const CONTROL = /\p{Cc}/gu;

const escaped = (code: string) => `\\u${code.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** Text of the other end for a sentence: at most `limit` characters, control codes escaped. */
export function printable(text: string, limit: number): string {
  const cut = text.length > limit ? `${text.slice(0, limit)}...` : text;
  return cut.replace(CONTROL, escaped);
}

/** At most 60 characters of it between quotation marks; what is not a string is shown as JSON. */
export function quoted(value: unknown): string {
  return `"${printable(typeof value === "string" ? value : asJson(value), 60)}"`;
}

function asJson(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    // JSON.parse takes any depth, JSON.stringify recurses and runs out of stack.
    if (error instanceof RangeError) return "[[[...";
    throw error;
  }
}
