import { describe, expect, test } from "vitest";
import { bigLayer, image, images, other, setup, smallLayer } from "../testing/pull-setup.ts";
import { pull } from "./pull.ts";

describe("policies", () => {
  test("missing asks the registry once", async () => {
    await using s = await setup();
    expect(await s.get("v1")).toBe("big small");
    expect(s.registry.requests.sort()).toEqual(
      [
        "GET manifests/v1",
        `GET blobs/${JSON.parse(Buffer.from(images.blobs.get(String(image.digest)) ?? "").toString()).config.digest}`,
        `GET blobs/${bigLayer.digest}`,
        `GET blobs/${smallLayer.digest}`,
      ].sort(),
    );
    const before = s.registry.seen.length;
    expect(await s.get("v1")).toBe("big small");
    expect(s.registry.seen.length).toBe(before);
    expect(s.rest()).toEqual(["store"]);
  });

  test("always asks with HEAD alone while the tag stays, and fetches what is new when it moves", async () => {
    await using s = await setup();
    await s.get("v1");
    s.registry.seen.length = 0;
    await s.get("v1", { policy: "always" });
    expect(s.registry.requests).toEqual(["HEAD manifests/v1"]);
    s.registry.tags.set("v1", other);
    s.registry.seen.length = 0;
    expect(await s.get("v1", { policy: "always" })).toBe("small");
    expect(s.registry.requests.some((request) => request.includes(String(smallLayer.digest)))).toBe(
      false,
    );
    expect(await s.get("v1", { policy: "never" })).toBe("small");
  });

  test("always uses what is there when the registry is away, and says so", async () => {
    await using s = await setup();
    await s.get("v1");
    const { host } = s.registry;
    await s.registry[Symbol.asyncDispose]();
    expect(await s.get("v1", { policy: "always" })).toBe("big small");
    expect(s.events.at(-1)).toEqual({
      kind: "stale",
      image: `${host}/test/kernel:v1`,
      message: `cannot reach "${host}": the connection was refused`,
    });
    await expect(s.get("v2")).rejects.toMatchObject({ code: "network" });
  });

  test("always does not hide that a tag is gone", async () => {
    await using s = await setup();
    await s.get("v1");
    s.registry.tags.clear();
    await expect(s.get("v1", { policy: "always" })).rejects.toMatchObject({
      code: "not-found",
      message: `registry "${s.registry.host}" has no tag "v1" in "test/kernel": manifest unknown`,
    });
  });

  test("never asks nobody", async () => {
    await using s = await setup();
    await expect(s.get("v1", { policy: "never" })).rejects.toMatchObject({
      code: "not-found",
      message: `image "${s.registry.name("v1")}" is not in the cache for linux/amd64, and the pull policy "never" keeps it from being fetched`,
    });
    expect(s.registry.seen).toEqual([]);
  });

  test("a digest is never looked up again", async () => {
    await using s = await setup();
    const name = `${s.registry.host}/test/kernel@${image.digest}`;
    const options = { store: s.store, env: { HOME: s.path }, policy: "always" } as const;
    (await pull(name, options)).release();
    const before = s.registry.seen.length;
    (await pull(name, options)).release();
    expect(s.registry.seen.length).toBe(before);
  });
});
