import { resolve } from "@vimto/linux";

/** Directories that `go test` has a test binary write to. */
export type GoTestDirectories = {
  /** Profiles and traces: where go was started, which is not where the test runs. */
  readonly output: string | undefined;
  /** What fuzzing goes on with the next time, in go's cache; made by the first fuzzing of a package. */
  readonly fuzzCache: string | undefined;
};

/**
 * What go tells a test binary on its command line (TestFlags and FuzzDir in cmd/go/internal/test and
 * cmd/go/internal/cache); undefined for any other program.
 */
export function goTestDirectories(argv: readonly string[], cwd: string): GoTestDirectories {
  const [program = "", ...words] = argv;
  const named = (flag: string) => {
    const start = `-test.${flag}=`;
    const word = program.endsWith(".test") && words.find((text) => text.startsWith(start));
    return word && word !== start ? resolve(cwd, word.slice(start.length)) : undefined;
  };
  return { output: named("outputdir"), fuzzCache: named("fuzzcachedir") };
}
