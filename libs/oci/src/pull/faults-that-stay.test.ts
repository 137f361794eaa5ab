import { describe, expect, test } from "vitest";
import { failure } from "../testing/fake-registry.ts";
import { bigLayer, images, setup } from "../testing/pull-setup.ts";

describe("faults that stay", () => {
  const blob = String(bigLayer.digest);
  const bytes = Buffer.from(images.blobs.get(blob) ?? "");
  const endless = () =>
    new Response(
      new ReadableStream({ pull: (controller) => controller.enqueue(Buffer.alloc(65_536)) }),
    );
  const at = (end: string, answer: () => Response) => (seen: { path: string }) =>
    seen.path.endsWith(end) ? answer() : undefined;
  const redirect = () =>
    new Response("", { status: 307, headers: { location: "http://registry.example/x" } });
  const wrong = Buffer.alloc(bytes.length, 1);
  const sha = (data: Uint8Array) =>
    `sha256:${new Bun.CryptoHasher("sha256").update(data).digest("hex")}`;
  const evil = Buffer.from("{}");
  test.each<[string, (seen: { path: string }) => Response | undefined, string, string]>([
    [
      "a blob of other bytes",
      at(blob, () => new Response(wrong)),
      "digest",
      `layer 1 of image "NAME" has the digest ${sha(wrong)} instead of ${blob}`,
    ],
    [
      "a blob that is too short",
      at(blob, () => new Response(bytes.subarray(1))),
      "digest",
      `blob ${blob} is shorter than the ${bytes.length} bytes that its manifest gives it`,
    ],
    [
      "a blob that is too long",
      at(blob, () => new Response(Buffer.concat([bytes, evil]))),
      "digest",
      `blob ${blob} is longer than the ${bytes.length} bytes that its manifest gives it`,
    ],
    [
      "a blob without end",
      at(blob, endless),
      "digest",
      `blob ${blob} is longer than the ${bytes.length} bytes that its manifest gives it`,
    ],
    [
      "a blob that is not there",
      at(blob, () => failure(404, "BLOB_UNKNOWN", "gone\u001b[31m")),
      "not-found",
      `registry "HOST" has no content "${blob}" in "test/kernel": gone [31m`,
    ],
    [
      "500 for ever",
      at("v1", () => failure(500, "X", "x")),
      "network",
      '"HOST" answered with status 500',
    ],
    [
      "a manifest of other bytes",
      at("v1", () => new Response(evil, { headers: { "docker-content-digest": blob } })),
      "digest",
      `the manifest of "NAME" has the digest ${sha(evil)} instead of ${blob}`,
    ],
    [
      "a manifest without end",
      at("v1", endless),
      "limit",
      'the manifest of "NAME" is longer than 4194304 bytes',
    ],
    [
      "a page of HTML",
      at("v1", () => new Response("<html>")),
      "manifest",
      'the manifest of image "NAME" is not JSON',
    ],
    [
      "a redirect to http elsewhere",
      at(blob, redirect),
      "network",
      '"registry.example" would be asked over http, which is not encrypted',
    ],
    [
      "403",
      at("v1", () => failure(403, "DENIED", "no")),
      "unauthorized",
      'registry "HOST" denies access to "NAME": no',
    ],
    [
      "418",
      at("v1", () => failure(418, "TEAPOT", "")),
      "registry",
      'registry "HOST" answered with status 418 for "NAME": TEAPOT',
    ],
    [
      "401 without a word",
      at("v1", () => new Response("", { status: 401 })),
      "registry",
      'registry "HOST" answers 401 and does not say how to log in',
    ],
  ])("%s", async (_, fault, code, sentence) => {
    await using s = await setup();
    s.registry.fault = fault;
    const { host } = s.registry;
    const message = sentence.replaceAll("NAME", s.registry.name("v1")).replaceAll("HOST", host);
    await expect(s.get("v1")).rejects.toMatchObject({ code, message });
    expect(s.rest()).toEqual(["store"]);
    expect(s.store.images()).toEqual([]);
    s.registry.fault = () => undefined;
    expect(await s.get("v1")).toBe("big small");
  });

  test("a stalled connection is taken for broken", async () => {
    await using s = await setup({ v1: images.image([bigLayer]) });
    const hasCome = (what: string) => s.events.some(({ kind }) => kind === what);
    // A minute is over once some bytes have come, until the connection is given up: however slow this machine is.
    const minute = async (signal?: AbortSignal) => {
      while (!hasCome("received") || hasCome("retry")) {
        signal?.throwIfAborted();
        await Bun.sleep(1);
      }
      await Bun.sleep(1);
    };
    const sleep = async (ms: number, signal?: AbortSignal) => {
      if (ms >= 60_000) await minute(signal);
    };
    const clock = { ...s.clock, sleep };
    s.registry.fault = ({ path }, earlier) =>
      path.endsWith(blob) && earlier === 0
        ? new Response(
            new ReadableStream({
              start: (controller) => controller.enqueue(bytes.subarray(0, 1000)),
            }),
          )
        : undefined;
    expect(await s.get("v1", { clock })).toBe("big");
    expect(s.events).toContainEqual(
      expect.objectContaining({
        message: expect.stringContaining("it does not answer in time after 1000 of"),
      }),
    );
  });
});
