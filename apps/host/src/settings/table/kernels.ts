import { parseJobs, parseOutput, parseReport, parseShard } from "../many-values.ts";
import { fileSwitch, onOrOff, type Setting, text } from "./setting.ts";

/** Settings of one command on many kernels. */
export const kernelsSettings = {
  kernels: {
    group: "kernels",
    variable: false,
    file: {
      form: "kernels",
      expected: "a list of kernels, each text in quotes or a table",
      description:
        "Kernels to run the command on, each a text as in kernel, or a table with what differs: name, kernel, memory, smp, append, setup, teardown, user, sudo, env, timeout, expect, reason.",
    },
    keeps: "all",
    parse: text,
    guide: { unset: "none", what: "see [many kernels](many-kernels.md)", file: "`kernels`" },
  },
  only: {
    group: "kernels",
    option: {
      kind: "list",
      placeholder: "NAME",
      example: "debian:12",
      help: "of many kernels those alone (again for more)",
    },
    variable: false,
    keeps: "all",
    parse: text,
    guide: { unset: "all", what: "of many kernels those of that name, or that a pattern fits" },
  },
  jobs: {
    group: "kernels",
    option: {
      kind: "text",
      placeholder: "N",
      example: "2",
      help: "how many kernels at once (what cores and memory allow)",
    },
    variable: true,
    file: {
      form: "text or number",
      expected: "a whole number",
      description: "How many of many kernels run at once.",
    },
    keeps: "last",
    parse: parseJobs,
    guide: { unset: "what cores and memory allow", what: "how many kernels run at once" },
  },
  shard: {
    group: "kernels",
    option: {
      kind: "text",
      placeholder: "I/N",
      example: "1/4",
      help: "run share I of N; auto in a pipeline, or auto/N",
    },
    variable: true,
    keeps: "last",
    parse: parseShard,
    guide: {
      unset: "all",
      what: "run share I of N; `auto` and `auto/N` read it from the pipeline",
    },
  },
  timings: {
    group: "kernels",
    option: {
      kind: "text",
      placeholder: "FILE",
      example: "timings.json",
      help: "with --shard: deal out by these durations",
      completes: "file",
    },
    variable: true,
    keeps: "last",
    parse: text,
    guide: { unset: "none", what: "with `--shard`: deal the kernels out by these durations" },
  },
  bisect: {
    group: "kernels",
    option: { kind: "switch", help: "find the first bad one of kernels in order" },
    variable: false,
    keeps: "last",
    parse: onOrOff,
    guide: { unset: "off", what: "find the first bad one of kernels in order, by halves" },
  },
  resume: {
    group: "kernels",
    option: { kind: "switch", help: "with --bisect: reuse results of earlier searches" },
    variable: false,
    keeps: "last",
    parse: onOrOff,
    guide: {
      unset: "off",
      what: "with `--bisect`: reuse [results of earlier searches](many-kernels.md#which-kernel-broke-it)",
    },
  },
  "fail-fast": {
    group: "kernels",
    option: { kind: "switch", help: "end all when one kernel is not as expected" },
    variable: true,
    file: fileSwitch("End all runs when one kernel is not as expected."),
    keeps: "last",
    parse: onOrOff,
    guide: { unset: "`false`", what: "end all when one kernel is not as expected" },
  },
  "retry-boot": {
    group: "kernels",
    option: { kind: "switch", help: "boot once more a machine that died as it booted" },
    variable: true,
    file: fileSwitch("Boot a machine once more that died before its guest was up."),
    keeps: "last",
    parse: onOrOff,
    guide: { unset: "`false`", what: "boot once more a machine that died before its guest was up" },
  },
  output: {
    group: "kernels",
    option: {
      kind: "text",
      placeholder: "HOW",
      example: "grouped",
      help: "grouped, prefixed or files=DIR",
    },
    variable: true,
    file: {
      form: "text",
      expected: "text in quotes",
      description:
        'How the output of many kernels is shown: "grouped", "prefixed" or "files=DIR". A relative DIR starts at the working directory.',
    },
    keeps: "last",
    parse: parseOutput,
    guide: {
      unset: "`prefixed` on a terminal, else `grouped`",
      what: "`grouped`, `prefixed` or `files=DIR`",
    },
  },
  report: {
    group: "kernels",
    option: {
      kind: "list",
      placeholder: "KIND=FILE",
      example: "junit=report.xml",
      help: "write a report (again for more)",
    },
    variable: false,
    keeps: "all",
    parse: parseReport,
    guide: { unset: "none", what: "see [many kernels](many-kernels.md#reports)" },
  },
} as const satisfies Readonly<Record<string, Setting>>;
