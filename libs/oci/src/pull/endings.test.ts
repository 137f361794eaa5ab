import { existsSync } from "node:fs";
import type { PullEvent } from "@vimto/store";
import { describe, expect, test } from "vitest";
import { bigLayer, image, setup, smallLayer } from "../testing/pull-setup.ts";
import { pull } from "./pull.ts";

describe("however it ends", () => {
  test("many pulls at once fetch once", async () => {
    await using s = await setup({ v1: image, v2: image });
    const pulls = Array.from({ length: 12 }, (_, i) => s.get(i % 2 === 0 ? "v1" : "v2"));
    expect(await Promise.all(pulls)).toEqual(Array(12).fill("big small"));
    for (const layer of [bigLayer, smallLayer]) {
      const fetches = s.registry.requests.filter((request) =>
        request.endsWith(String(layer.digest)),
      );
      expect(fetches.length).toBe(1);
    }
    expect(s.registry.requests.filter((request) => request === "GET manifests/v1").length).toBe(1);
    expect(s.kinds().filter((kind) => kind === "done").length).toBe(1);
  });

  test("an interrupted pull leaves nothing", async () => {
    await using s = await setup();
    const stop = new AbortController();
    const onEvent = (event: PullEvent) => {
      if (event.kind === "received") stop.abort();
    };
    await expect(s.get("v1", { signal: stop.signal, onEvent })).rejects.toMatchObject({
      code: "aborted",
      message: "the pull was interrupted",
    });
    expect(s.rest()).toEqual(["store"]);
    expect(s.store.images()).toEqual([]);
    expect(await s.get("v1")).toBe("big small");
  });

  test("an image in use outlives a flush, and a released one does not", async () => {
    await using s = await setup();
    const pulled = await pull(s.registry.name("v1"), { store: s.store, env: { HOME: s.path } });
    expect((await s.store.flush()).inUse).toEqual([s.registry.name("v1")]);
    expect(existsSync(pulled.directory)).toBe(true);
    pulled.release();
    expect((await s.store.flush()).images).toEqual([s.registry.name("v1")]);
    expect(existsSync(pulled.directory)).toBe(false);
  });
});
