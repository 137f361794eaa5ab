import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { failure } from "../testing/fake-registry.ts";
import { big, bigLayer, image, images, setup, smallLayer } from "../testing/pull-setup.ts";
import { pull } from "./pull.ts";

describe("faults that pass", () => {
  test("429 and 500 on everything, once", async () => {
    await using s = await setup();
    s.registry.fault = ({ path }, earlier) =>
      path === "/v2/" || earlier > 0
        ? undefined
        : failure(path.includes("blobs") ? 500 : 429, "X", "x", { "retry-after": "2" });
    expect(await s.get("v1")).toBe("big small");
    expect(s.clock.slept.filter((ms) => ms === 2000).length).toBe(4);
    expect(s.kinds()).toContain("retry");
  });

  /** Ends a blob before its end. */
  function cut(
    bytes: Uint8Array,
    from: number,
    to: number,
    headers: Record<string, string>,
    status: number,
  ) {
    const body = new ReadableStream({
      async pull(controller) {
        controller.enqueue(Buffer.from(bytes.subarray(from, to)));
        await Bun.sleep(10);
        controller.close();
      },
    });
    return new Response(body, { status, headers });
  }

  test("a blob whose connection breaks goes on where it was", async () => {
    await using s = await setup();
    const bytes = images.blobs.get(String(bigLayer.digest)) ?? Buffer.alloc(0);
    s.registry.fault = ({ path, headers }, earlier) => {
      if (!path.endsWith(String(bigLayer.digest)) || earlier > 1) return undefined;
      const start = Number(/bytes=(\d+)-/.exec(headers.get("range") ?? "")?.[1] ?? 0);
      const range = { "content-range": `bytes ${start}-${bytes.length - 1}/${bytes.length}` };
      return cut(bytes, start, start + 1_000_000, range, start > 0 ? 206 : 200);
    };
    expect(await s.get("v1")).toBe("big small");
    const ranges = s.registry.seen
      .filter(({ path }) => path.endsWith(String(bigLayer.digest)))
      .map(({ headers }) => headers.get("range"));
    expect(ranges).toEqual([null, "bytes=1000000-", "bytes=2000000-"]);
    using pulled = await pull(s.registry.name("v1"), { store: s.store, env: { HOME: s.path } });
    expect(readFileSync(join(pulled.directory, "boot/big")).equals(big)).toBe(true);
  });

  test("also when the registry ignores the range", async () => {
    await using s = await setup();
    const bytes = images.blobs.get(String(bigLayer.digest)) ?? Buffer.alloc(0);
    s.registry.fault = ({ path }, earlier) => {
      if (!path.endsWith(String(bigLayer.digest))) return undefined;
      return earlier === 0 ? cut(bytes, 0, 1_500_000, {}, 200) : new Response(Buffer.from(bytes));
    };
    expect(await s.get("v1")).toBe("big small");
  });

  test("a blob in the store that was damaged is fetched again", async () => {
    await using s = await setup({ v1: image, v2: images.image([smallLayer, bigLayer]) });
    await s.get("v1");
    const [algorithm, hex] = String(bigLayer.digest).split(":");
    const path = join(s.store.paths.directory, "blobs", `${algorithm}-${hex}`);
    const bytes = readFileSync(path);
    bytes[10] = (bytes[10] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    expect(await s.get("v2")).toBe("big small");
    expect(s.events).toContainEqual({
      kind: "retry",
      message: `layer 2 of image "${s.registry.name("v2")}" was damaged in the cache; fetching it again`,
    });
  });
});
