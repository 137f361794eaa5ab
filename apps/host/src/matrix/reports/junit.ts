import { escaped } from "../plain.ts";
import type { SubTest } from "../sub-tests.ts";
import { complaint, type KernelReport, type MatrixReport, shownOutput } from "./report.ts";

/**
 * JUnit's XML as Jenkins, GitLab and GitHub's actions read it: a suite for each kernel, in it a case for each
 * test that the command tells of, or one for the command. Written without a library: it is four elements, and
 * most of the work is what libraries do not do, to leave out characters that XML 1.0 cannot hold.
 */
export function junit({ command, began, tookMs, kernels }: MatrixReport): string {
  const suites = kernels.map((kernel) => suite(kernel, command.join(" "), began));
  const sum = (of: (suite: Suite) => number) => suites.reduce((total, one) => total + of(one), 0);
  const head = element("testsuites", {
    name: "vimto",
    tests: sum(({ cases }) => cases.length),
    failures: sum(count("failure")),
    errors: sum(count("error")),
    time: seconds(tookMs),
  });
  const body = suites.map(({ text }) => text).join("");
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${head}>\n${body}</testsuites>\n`;
}

type Case = {
  readonly name: string;
  readonly ms: number | null;
  readonly outcome?: "failure" | "error" | "skipped";
  readonly message: string;
};
type Suite = { readonly cases: readonly Case[]; readonly text: string };

const count =
  (outcome: Case["outcome"]) =>
  ({ cases }: Pick<Suite, "cases">): number =>
    cases.filter((one) => one.outcome === outcome).length;

function suite(kernel: KernelReport, command: string, began: string): Suite {
  const cases = casesOf(kernel, command);
  const head = element("testsuite", {
    name: kernel.name,
    tests: cases.length,
    failures: count("failure")({ cases }),
    errors: count("error")({ cases }),
    skipped: count("skipped")({ cases }),
    time: seconds((kernel.bootMs ?? 0) + (kernel.runMs ?? 0)),
    timestamp: began.replace(/\.\d+Z$/, ""),
  });
  const properties = Object.entries({
    release: kernel.release,
    result: kernel.said,
    status: kernel.status,
    "boot-seconds": kernel.bootMs === null ? null : seconds(kernel.bootMs),
  }).filter(([, value]) => value !== null);
  const lines = [
    `  <${head}>`,
    "    <properties>",
    ...properties.map(
      ([name, value]) => `      <${element("property", { name, value: String(value) })}/>`,
    ),
    "    </properties>",
    ...cases.map((one) => `    ${caseText(one, kernel.name)}`),
    `    <system-out>${escaped(shownOutput(kernel))}</system-out>`,
    ...(kernel.console.length === 0
      ? []
      : [`    <system-err>${escaped(kernel.console.join("\n"))}</system-err>`]),
    "  </testsuite>\n",
  ];
  return { cases, text: lines.join("\n") };
}

/** The tests; the command itself where it told of no tests, or where no test tells why it is not as expected. */
function casesOf(kernel: KernelReport, command: string): Case[] {
  const { asExpected, result, tests } = kernel;
  const cases = tests.map((test) => caseOf(test, asExpected));
  if (tests.length > 0 && (asExpected || cases.some(({ outcome }) => outcome === "failure")))
    return result === "could-not-run" ? [...cases, own(kernel, command)] : cases;
  return [...cases, own(kernel, command)];
}

const caseOf = ({ name, result, ms, message }: SubTest, asExpected: boolean): Case => ({
  name,
  ms: ms ?? null,
  message: result === "failed" && asExpected ? "failed, as expected" : message,
  ...(result === "skipped" || (result === "failed" && asExpected) ? { outcome: "skipped" } : {}),
  ...(result === "failed" && !asExpected ? { outcome: "failure" } : {}),
});

function own(kernel: KernelReport, command: string): Case {
  const { asExpected, result, reason, runMs } = kernel;
  const base = { name: command, ms: runMs };
  if (result === "skipped") return { ...base, outcome: "skipped", message: reason ?? "" };
  if (result === "not-run") return { ...base, outcome: "skipped", message: kernel.said };
  if (asExpected) return { ...base, message: "" };
  return {
    ...base,
    outcome: result === "could-not-run" ? "error" : "failure",
    message: complaint(kernel),
  };
}

function caseText({ name, ms, outcome, message }: Case, kernel: string): string {
  const head = element("testcase", { name, classname: kernel, time: seconds(ms ?? 0) });
  if (outcome === undefined) return `<${head}/>`;
  const [first = ""] = message.split("\n");
  const inner = element(
    outcome,
    outcome === "skipped" ? { message: first } : { message: first, type: outcome },
  );
  return `<${head}><${inner}>${outcome === "skipped" ? "" : escaped(message)}</${outcome}></testcase>`;
}

const seconds = (ms: number): string => (ms / 1000).toFixed(3);

const element = (name: string, attributes: Readonly<Record<string, string | number>>): string =>
  [
    name,
    ...Object.entries(attributes).map(
      ([key, value]) =>
        `${key}="${escaped(String(value)).replaceAll("\n", "&#10;").replaceAll("\t", "&#9;")}"`,
    ),
  ].join(" ");
