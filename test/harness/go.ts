import { join } from "node:path";
import { base } from "./place.ts";

/** Go's own files, apart from those of whoever runs the tests. */
export const goEnvironment = {
  GOCACHE: join(base, "go-cache"),
  GOPATH: join(base, "go-path"),
  GOFLAGS: "-mod=mod -vet=off",
  GOTOOLCHAIN: "local",
};
