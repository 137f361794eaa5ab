/** The notation of sessions that their parser and what shows a run share. */

/** Stands below output, or the contents of a file, whose last line has no end. */
export const NO_NEWLINE = "\\ No newline at the end";

/** What would be taken for something else than a line of output: a mark, a heading, nothing at all. */
export const isSpecial = (line: string): boolean =>
  /^(?:[$>!?#|\\]|\[(?:on|before|after|gone)\])/.test(line) || line.trim() === "";

/** A line of output in a session: a special one has a backslash in front. */
const escaped = (line: string): string => (isSpecial(line) ? `\\${line}` : line);

/** A mark and a text behind it; no blank at the end of a line. */
export const marked = (mark: string, text: string): string =>
  text === "" ? mark : `${mark} ${text}`;

function show(text: string, shown: (line: string) => string): string[] {
  if (text === "") return [];
  const lines = text.split("\n");
  const last = lines.pop();
  const whole = last === "" ? [] : [shown(last ?? ""), NO_NEWLINE];
  return [...lines.map(shown), ...whole];
}

export const shownCommand = (command: string): string[] =>
  command.split("\n").map((line, index) => marked(index === 0 ? "$" : ">", line));

export const shownOutput = (text: string): string[] => show(text, escaped);

export const shownErrors = (text: string): string[] => show(text, (line) => marked("!", line));

export const shownStatus = (status: number): string[] => (status === 0 ? [] : [`? ${status}`]);

/** The lines of a file's contents. */
export const shownContents = (text: string): string[] => show(text, (line) => marked("|", line));
