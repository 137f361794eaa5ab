import type { KernelReport } from "../report.ts";

/** The report of a kernel on which the command passed, but for `more`. */
export const kernelReport = (name: string, more: Partial<KernelReport> = {}): KernelReport => ({
  name,
  release: "6.1.0",
  result: "passed",
  said: "passed",
  asExpected: true,
  status: 0,
  bootMs: 400,
  runMs: 1000,
  tries: 1,
  reason: null,
  console: [],
  firstFailing: "",
  output: { text: "", bytes: 0, file: null },
  tests: [],
  testsLeftOut: 0,
  ...more,
});
