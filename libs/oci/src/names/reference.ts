import { OciError } from "../errors.ts";
import { parseDigest } from "./digest.ts";

/** An image in a registry, with every default filled in. A digest, where there is one, decides. */
export type Reference = {
  /** Host and port as users write them: "docker.io", "ghcr.io", "localhost:5000". */
  readonly registry: string;
  /** "library/alpine", "cilium/ci-kernels". */
  readonly repository: string;
  /** "latest" where neither tag nor digest was written. */
  readonly tag?: string;
  readonly digest?: string;
};

const PART = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;
const HOST =
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*$/;
const IPV6 = /^\[[0-9A-Fa-f:.]+\]$/;

/**
 * Reads an image name as Docker and containerd do (github.com/distribution/reference, grammar and
 * normalisation): "alpine" is docker.io/library/alpine:latest, and the first part is a registry
 * only with a dot, a colon or an upper case letter in it, or when it is "localhost".
 */
export function parseReference(text: string): Reference {
  const image = `image "${text}"`;
  const bad = (problem: string): never => {
    throw new OciError("reference", `${image} ${problem}`);
  };
  if (text === "") bad("has no name: write one such as ghcr.io/cilium/ci-kernels:stable");
  if (/\s/.test(text)) bad("has white space in it");
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(text);
  if (scheme) bad(`starts with "${scheme[0]}": leave that out`);

  const at = text.indexOf("@");
  const digest = at < 0 ? undefined : parseDigest(text.slice(at + 1), image).text;
  const named = at < 0 ? text : text.slice(0, at);
  const colon = named.indexOf(":", named.lastIndexOf("/") + 1);
  const tag = colon < 0 ? undefined : named.slice(colon + 1);
  const name = colon < 0 ? named : named.slice(0, colon);
  if (tag !== undefined) checkTag(tag, image);
  if (name === "") bad("has no name in front of its tag or digest");
  if (/^[0-9a-f]{64}$/.test(name)) bad("is an image ID: name the repository that it is in");

  const { registry, repository } = splitRegistry(name);
  checkRegistry(registry, image);
  checkRepository(repository, image);
  return {
    registry,
    repository,
    ...(tag === undefined && digest === undefined ? { tag: "latest" } : {}),
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/** Writes a reference in full: the same text for all spellings of the same image. */
export function formatReference(reference: Reference): string {
  const tag = reference.tag === undefined ? "" : `:${reference.tag}`;
  const digest = reference.digest === undefined ? "" : `@${reference.digest}`;
  return `${reference.registry}/${reference.repository}${tag}${digest}`;
}

/**
 * The image `configured` with the tag of `tag` (":6.12"); a digest of `configured` is dropped,
 * for it would win over the tag. Takes and gives text, so "oci:DIR:tag" sources work too.
 */
export function replaceTag(configured: string, tag: string): string {
  if (!tag.startsWith(":")) throw new OciError("reference", `tag "${tag}" does not start with ":"`);
  checkTag(tag.slice(1), `image "${tag}"`);
  const local = /^(oci(?:-archive)?:[^:]*)(?::.*)?$/s.exec(configured);
  if (local) return `${local[1]}${tag}`;
  const { registry, repository } = parseReference(configured);
  return formatReference({ registry, repository, tag: tag.slice(1) });
}

function checkTag(tag: string, image: string): void {
  if (tag === "") throw new OciError("reference", `${image} has an empty tag`);
  if (tag.length > 128) {
    throw new OciError(
      "reference",
      `${image} has a tag of ${tag.length} characters: 128 is the most`,
    );
  }
  if (!TAG.test(tag)) {
    throw new OciError(
      "reference",
      `${image} has the tag "${tag}": a tag is letters, digits, "_", "." and "-", and starts with neither "." nor "-"`,
    );
  }
}

function splitRegistry(name: string): { registry: string; repository: string } {
  const slash = name.indexOf("/");
  const first = name.slice(0, Math.max(slash, 0));
  const isRegistry = /[.:]/.test(first) || first === "localhost" || first !== first.toLowerCase();
  if (slash < 0 || !isRegistry) return dockerHub(name);
  if (first === "docker.io" || first === "index.docker.io") return dockerHub(name.slice(slash + 1));
  return { registry: first, repository: name.slice(slash + 1) };
}

function dockerHub(path: string): { registry: string; repository: string } {
  return { registry: "docker.io", repository: path.includes("/") ? path : `library/${path}` };
}

function checkRegistry(registry: string, image: string): void {
  const match = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/s.exec(registry);
  const host = match?.[1] ?? "";
  const port = match?.[2];
  if (!HOST.test(host) && !IPV6.test(host)) {
    throw new OciError(
      "reference",
      `${image} has the registry "${registry}", which is not a host name`,
    );
  }
  if (
    port !== undefined &&
    !(/^[0-9]{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65535)
  ) {
    throw new OciError(
      "reference",
      `${image} has the registry port "${port}": ports are 1 to 65535`,
    );
  }
}

function checkRepository(repository: string, image: string): void {
  if (repository.length > 255) {
    throw new OciError(
      "reference",
      `${image} has a repository of ${repository.length} characters: 255 is the most`,
    );
  }
  for (const part of repository.split("/")) {
    if (part === "") {
      throw new OciError(
        "reference",
        `${image} has an empty part in its repository "${repository}"`,
      );
    }
    if (PART.test(part)) continue;
    if (PART.test(part.toLowerCase())) {
      throw new OciError(
        "reference",
        `${image} has upper case letters in its repository: write "${repository.toLowerCase()}"`,
      );
    }
    throw new OciError(
      "reference",
      `${image} has "${part}" in its repository: a part is a-z and 0-9, with single ".", "_", "__" or dashes between`,
    );
  }
}
