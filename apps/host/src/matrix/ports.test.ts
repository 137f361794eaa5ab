import { expect, test } from "vitest";
import { settingsOf } from "../settings/testing/fixture.ts";
import { demandOwnPorts } from "./ports.ts";

const cells = (...ports: string[]) =>
  ports.map((port) => ({ settings: settingsOf({ argv: ["--net", "user", "--publish", port] }) }));

test("kernels that run at once each need a port of their own", () => {
  expect(() => demandOwnPorts(cells("8080:80", "8080:80"), 2)).toThrow(
    "port 8080 of the host cannot be published for several kernels at once; write 0:80 for a free port each, or --jobs 1",
  );
});

test("a port of all addresses is one of each", () => {
  expect(() => demandOwnPorts(cells("0.0.0.0:8080:80", "8080:80"), 2)).toThrow(/^port 8080 /);
});

test.each([
  ["one after the other", cells("8080:80", "8080:80"), 1],
  ["free ports", cells("0:80", "0:80"), 2],
  ["ports of two protocols", cells("8080:80", "8080:80/udp"), 2],
  ["addresses of two", cells("8080:80", "127.0.0.2:8080:80"), 2],
] as const)("%s are no conflict", (_name, all, jobs) => {
  demandOwnPorts(all, jobs);
});
