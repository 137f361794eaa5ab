import { describe, expect, test } from "vitest";
import { formatReference, parseReference, replaceTag } from "./reference.ts";

const HEX = "0123456789abcdef".repeat(4);

describe("names that are read as Docker and containerd read them", () => {
  test.each([
    ["alpine", "docker.io/library/alpine:latest"],
    ["alpine:3.20", "docker.io/library/alpine:3.20"],
    ["cilium/ci-kernels:stable", "docker.io/cilium/ci-kernels:stable"],
    ["docker.io/alpine", "docker.io/library/alpine:latest"],
    ["index.docker.io/alpine", "docker.io/library/alpine:latest"],
    ["docker.io/library/alpine", "docker.io/library/alpine:latest"],
    ["docker.io/a/b/c", "docker.io/a/b/c:latest"],
    ["ghcr.io/cilium/ci-kernels:stable", "ghcr.io/cilium/ci-kernels:stable"],
    ["ghcr.io/a", "ghcr.io/a:latest"],
    ["localhost/a", "localhost/a:latest"],
    ["localhost:5000/a", "localhost:5000/a:latest"],
    ["localhost:5000", "docker.io/library/localhost:5000"],
    ["host:5000/a/b:c", "host:5000/a/b:c"],
    ["HOST/a", "HOST/a:latest"],
    ["127.0.0.1:5000/a", "127.0.0.1:5000/a:latest"],
    ["[::1]:5000/a:b", "[::1]:5000/a:b"],
    ["[2001:db8::1]/a", "[2001:db8::1]/a:latest"],
    ["notahost/a", "docker.io/notahost/a:latest"],
    ["a/b.c_d__e-f---g", "docker.io/a/b.c_d__e-f---g:latest"],
    ["a:_1.2-3", "docker.io/library/a:_1.2-3"],
    [`a:${"t".repeat(128)}`, `docker.io/library/a:${"t".repeat(128)}`],
    [`a@sha256:${HEX}`, `docker.io/library/a@sha256:${HEX}`],
    [`ghcr.io/a:b@sha256:${HEX}`, `ghcr.io/a:b@sha256:${HEX}`],
    [`a@sha512:${HEX}${HEX}`, `docker.io/library/a@sha512:${HEX}${HEX}`],
  ])("%s is %s", (text, full) => {
    expect(formatReference(parseReference(text))).toBe(full);
    expect(formatReference(parseReference(full))).toBe(full);
  });

  test("a digest stands without the default tag", () => {
    expect(parseReference(`a@sha256:${HEX}`)).toEqual({
      registry: "docker.io",
      repository: "library/a",
      digest: `sha256:${HEX}`,
    });
  });
});

describe("names that are refused", () => {
  const tagRule = 'a tag is letters, digits, "_", "." and "-", and starts with neither "." nor "-"';
  const partRule = 'a part is a-z and 0-9, with single ".", "_", "__" or dashes between';
  test.each([
    ["", 'image "" has no name: write one such as ghcr.io/cilium/ci-kernels:stable'],
    ["ghcr.io/k:", 'image "ghcr.io/k:" has an empty tag'],
    [":tag", 'image ":tag" has no name in front of its tag or digest'],
    [`@sha256:${HEX}`, `image "@sha256:${HEX}" has no name in front of its tag or digest`],
    ["a b", 'image "a b" has white space in it'],
    ["https://ghcr.io/a", 'image "https://ghcr.io/a" starts with "https://": leave that out'],
    ["docker://a", 'image "docker://a" starts with "docker://": leave that out'],
    ["a:b:c", `image "a:b:c" has the tag "b:c": ${tagRule}`],
    ["a:.b", `image "a:.b" has the tag ".b": ${tagRule}`],
    ["a:-b", `image "a:-b" has the tag "-b": ${tagRule}`],
    ["a:b+c", `image "a:b+c" has the tag "b+c": ${tagRule}`],
    [
      `a:${"t".repeat(129)}`,
      `image "a:${"t".repeat(129)}" has a tag of 129 characters: 128 is the most`,
    ],
    ["a@sha256:12", 'image "a@sha256:12" has a sha256 digest of 2 digits instead of 64'],
    ["a@", 'image "a@" has the digest "", which is neither sha256:... nor sha512:...'],
    [
      "a@md5:12",
      'image "a@md5:12" has the digest "md5:12", which is neither sha256:... nor sha512:...',
    ],
    [
      `a@sha256:${HEX.toUpperCase()}`,
      `image "a@sha256:${HEX.toUpperCase()}" has the digest "sha256:${HEX.toUpperCase()}", which has characters other than 0-9 and a-f`,
    ],
    [HEX, `image "${HEX}" is an image ID: name the repository that it is in`],
    [
      "ghcr.io/Foo/bar",
      'image "ghcr.io/Foo/bar" has upper case letters in its repository: write "foo/bar"',
    ],
    ["Alpine", 'image "Alpine" has upper case letters in its repository: write "library/alpine"'],
    ["ghcr.io//a", 'image "ghcr.io//a" has an empty part in its repository "/a"'],
    ["a/", 'image "a/" has an empty part in its repository "a/"'],
    ["ghcr.io/", 'image "ghcr.io/" has an empty part in its repository ""'],
    ["a/b..c", `image "a/b..c" has "b..c" in its repository: ${partRule}`],
    ["a/-b", `image "a/-b" has "-b" in its repository: ${partRule}`],
    ["a/b_", `image "a/b_" has "b_" in its repository: ${partRule}`],
    ["a/../b", `image "a/../b" has ".." in its repository: ${partRule}`],
    ["a/b%2f", `image "a/b%2f" has "b%2f" in its repository: ${partRule}`],
    ["./a", 'image "./a" has the registry ".", which is not a host name'],
    ["../a", 'image "../a" has the registry "..", which is not a host name'],
    ["-a.b/c", 'image "-a.b/c" has the registry "-a.b", which is not a host name'],
    ["a.b:/c", 'image "a.b:/c" has the registry port "": ports are 1 to 65535'],
    ["a.b:0/c", 'image "a.b:0/c" has the registry port "0": ports are 1 to 65535'],
    ["a.b:65536/c", 'image "a.b:65536/c" has the registry port "65536": ports are 1 to 65535'],
    ["a.b:x/c", 'image "a.b:x/c" has the registry port "x": ports are 1 to 65535'],
    [
      `ghcr.io/${"a".repeat(256)}`,
      `image "ghcr.io/${"a".repeat(256)}" has a repository of 256 characters: 255 is the most`,
    ],
  ])("%s", (text, sentence) => {
    expect(() => parseReference(text)).toThrow(
      expect.objectContaining({ code: "reference", message: sentence }),
    );
  });
});

describe("another tag of the configured image", () => {
  test.each([
    ["ghcr.io/cilium/ci-kernels:stable", ":6.12", "ghcr.io/cilium/ci-kernels:6.12"],
    ["ghcr.io/cilium/ci-kernels", ":6.10", "ghcr.io/cilium/ci-kernels:6.10"],
    ["alpine", ":3", "docker.io/library/alpine:3"],
    [`a/b:c@sha256:${HEX}`, ":d", "docker.io/a/b:d"],
    ["localhost:5000/a", ":d", "localhost:5000/a:d"],
    ["oci:/srv/kernel", ":d", "oci:/srv/kernel:d"],
    ["oci:/srv/kernel:c", ":d", "oci:/srv/kernel:d"],
    ["oci-archive:k.tar:c", ":d", "oci-archive:k.tar:d"],
  ])("%s with %s is %s", (configured, tag, image) => {
    expect(replaceTag(configured, tag)).toBe(image);
  });

  test("text that is no tag", () => {
    expect(() => replaceTag("a", ":")).toThrow('image ":" has an empty tag');
    expect(() => replaceTag("a", "b")).toThrow('tag "b" does not start with ":"');
  });
});
