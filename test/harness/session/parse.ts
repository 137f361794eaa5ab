import { isSpecial, NO_NEWLINE, shownContents } from "./lines.ts";

/** A command that is typed, and the lines of the terminal from it to the next one. */
export interface Step {
  readonly command: string;
  /** As `lines.ts` shows them: the command, stdout, stderr, the exit status. */
  readonly lines: readonly string[];
}

export interface Session {
  /** For failures: where it stands. */
  readonly path: string;
  /** Some have no part for the kernel, and take long. */
  readonly kernels: "all" | "one";
  /** The contents of files that are there before the first command, by path in the project. */
  readonly before: ReadonlyMap<string, string>;
  readonly steps: readonly Step[];
  /** The files of the project after the last command, as `shownContents` shows them. */
  readonly after: ReadonlyMap<string, readonly string[]>;
}

/** What a line of a step is; they stand in this order, and files come before and after all steps. */
const parts = ["command", "stdout", "stderr", "status"] as const;
type Part = (typeof parts)[number];
type FileKind = "before" | "after" | "gone";

/**
 * Reads a session (CONTRIBUTING.md, "Sessions").
 *
 * @throws Error with one sentence that begins with PATH:LINE
 */
export function parseSession(path: string, text: string): Session {
  const reader = new Reader(path);
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  for (const [index, line] of lines.entries()) reader.read(line, index + 1);
  return reader.end();
}

class Reader {
  readonly #path: string;
  #line = 1;
  readonly #steps: { commands: string[]; lines: string[] }[] = [];
  /** The part that the line before belongs to; undefined when a blank line or a remark ended it. */
  #part: Part | undefined;
  #contents: string[] | undefined;
  readonly #files = { before: new Map<string, string[]>(), after: new Map<string, string[]>() };
  readonly #gone = new Set<string>();
  #kernels: Session["kernels"] = "all";
  #over = false;

  constructor(path: string) {
    this.#path = path;
  }

  read(line: string, number: number): void {
    this.#line = number;
    if (!line.startsWith("|")) this.#contents = undefined;
    const heading = /^\[(before|after|gone)\](?: (.*))?$/.exec(line);
    if (heading) this.#heading(heading[1] as FileKind, heading[2] ?? "");
    else if (line.startsWith("[on]")) this.#on(line);
    else if (line === "" || line.startsWith("#")) this.#pause();
    else if (/^[$>!?|](?! |$)/.test(line))
      throw this.#error(`a blank belongs behind ${line.charAt(0)}`);
    else this.#marked(line.charAt(0), line.slice(2), line);
  }

  #marked(mark: string, rest: string, line: string): void {
    if (mark === "|") this.#content(rest);
    else if (mark === "$") this.#command(line, rest);
    else if (mark === ">") this.#continuation(line, rest);
    else if (mark === "!") this.#add("stderr", line);
    else if (mark === "?") this.#status(line, rest);
    else this.#stdout(line);
  }

  end(): Session {
    if (this.#steps.length === 0) throw this.#error("the session has no command");
    const before = new Map(
      [...this.#files.before].map(([name, lines]) => [name, lines.map((l) => `${l}\n`).join("")]),
    );
    const after = new Map([...before].map(([name, text]) => [name, shownContents(text)]));
    for (const name of this.#gone) after.delete(name);
    for (const [name, lines] of this.#files.after)
      after.set(name, shownContents(lines.map((line) => `${line}\n`).join("")));
    const steps = this.#steps.map(({ commands, lines }) => ({
      command: commands.join("\n"),
      lines,
    }));
    return { path: this.#path, kernels: this.#kernels, before, steps, after };
  }

  #pause(): void {
    this.#part = undefined;
  }

  #heading(kind: FileKind, name: string): void {
    this.#pause();
    if (name === "" || /^\/|(?:^|\/)(?:\.{0,2}|\.git)(?:\/|$)/.test(name))
      throw this.#error(`${JSON.stringify(name)} is not the path of a file in the project`);
    if (kind === "before" && this.#steps.length > 0)
      throw this.#error("[before] belongs above the first command");
    if (kind !== "before") {
      if (this.#steps.length === 0) throw this.#error(`[${kind}] belongs below the last command`);
      this.#over = true;
    }
    if (kind === "gone") {
      if (!this.#files.before.has(name)) throw this.#error(`${name} was not there before`);
      if (this.#gone.has(name) || this.#files.after.has(name)) throw this.#twice(name);
      this.#gone.add(name);
      return;
    }
    if (this.#files[kind].has(name) || (kind === "after" && this.#gone.has(name)))
      throw this.#twice(name);
    this.#contents = [];
    this.#files[kind].set(name, this.#contents);
  }

  #on(line: string): void {
    this.#pause();
    if (line !== "[on] one kernel") throw this.#error("[on] is written: [on] one kernel");
    if (this.#steps.length > 0) throw this.#error("[on] belongs above the first command");
    this.#kernels = "one";
  }

  #content(line: string): void {
    if (this.#contents === undefined)
      throw this.#error("| is a line of a file, and stands below [before] or [after]");
    this.#contents.push(line);
  }

  #command(line: string, rest: string): void {
    if (this.#over) throw this.#error("a command belongs above [after] and [gone]");
    if (rest.trim() === "") throw this.#error("no command follows $");
    this.#steps.push({ commands: [rest], lines: [line] });
    this.#part = "command";
  }

  #continuation(line: string, rest: string): void {
    const step = this.#steps.at(-1);
    if (step === undefined || this.#part !== "command")
      throw this.#error("> goes on with a command, and stands right below one");
    step.commands.push(rest);
    step.lines.push(line);
  }

  #status(line: string, rest: string): void {
    const status = Number(rest);
    if (!/^[1-9][0-9]*$/.test(rest) || status > 255)
      throw this.#error(`"${rest}" is not an exit status from 1 to 255; 0 is not written`);
    if (this.#part === "status") throw this.#error("the exit status was said already");
    this.#add("status", line);
  }

  #stdout(line: string): void {
    if (line.startsWith("\\") && line !== NO_NEWLINE && !isSpecial(line.slice(1)))
      throw this.#error("no backslash is needed in front of this line");
    if (!line.startsWith("\\") && isSpecial(line))
      throw this.#error("a line of blanks is written with a backslash in front");
    if (line === NO_NEWLINE && this.#part === "stderr") this.#add("stderr", line);
    else this.#add("stdout", line);
  }

  #add(part: Part, line: string): void {
    const step = this.#steps.at(-1);
    if (step === undefined) throw this.#error("nothing can appear before the first command");
    if (this.#part === undefined)
      throw this.#error(
        'what appears stands right below its command; write "\\" for an empty line',
      );
    if (parts.indexOf(part) < parts.indexOf(this.#part))
      throw this.#error(`${part} belongs above ${this.#part}`);
    this.#part = part;
    step.lines.push(line);
  }

  #twice = (name: string): Error => this.#error(`${name} is named twice`);

  #error(sentence: string): Error {
    return new Error(`${this.#path}:${this.#line}: ${sentence}`);
  }
}
