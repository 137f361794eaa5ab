import { decompressStream } from "@vimto/codec";
import { discard, download, type HttpAnswer, HttpError } from "@vimto/http";
import { digestOf, type Expected, type Staging, StoreError, verified } from "@vimto/store";
import { type Archive, archivesFor } from "../archives/archives.ts";
import type { Context } from "../context.ts";
import { AptError, asAptError } from "../errors.ts";
import { type Distribution, ORIGINS } from "../names/distributions.ts";
import { type KernelPackage, PackageListReader } from "./package-list.ts";
import { packagesFile, parseReleaseFile, type ReleaseFile } from "./release-file.ts";
import { ARCHIVE_KEYRINGS, openSigned } from "./signature.ts";
import { readIndex, type SuiteIndex, writeIndex } from "./suite-index.ts";

/** A suite of a distribution. */
export type Suite = { readonly distribution: Distribution; readonly name: string };

/**
 * The kernels of a suite, from the first archive that has it. What the store knows counts as long as the
 * archive says that nothing has changed. After an archive that cannot be reached, or a faulty source of the
 * host, this asks the next one.
 * @returns undefined if no archive has such a suite
 * @throws AptError "network", "mirror", "expired", "signature", "digest", "limit": the first archive's
 */
export async function loadSuite(
  suite: Suite,
  context: Context,
  staging: Staging,
): Promise<SuiteIndex | undefined> {
  const { architecture, mirrors, host } = context;
  const archives = archivesFor(suite.distribution, suite.name, architecture, mirrors, host);
  let failure: AptError | undefined;
  for (const archive of archives) {
    try {
      const index = await loadFrom(archive, suite, context, staging);
      if (index === undefined) continue;
      if (failure !== undefined) context.note(`${failure.message}; "${hostOf(archive)}" is used`);
      return index;
    } catch (raw) {
      const error = asAptError(raw);
      if (!(error instanceof AptError && mayNextDo(error, archive))) throw error;
      failure ??= error;
    }
  }
  if (failure === undefined) return undefined;
  const stored = context.useStale ? storedIndex(suite, archives, context) : undefined;
  if (stored === undefined) throw failure;
  context.note(`the index of ${suite.name} is used as it was fetched before: ${failure.message}`);
  return stored;
}

function mayNextDo({ code }: AptError, { isHosts }: Archive): boolean {
  return code === "network" || (isHosts && ["mirror", "expired", "digest"].includes(code));
}

function storedIndex(
  { name }: Suite,
  archives: readonly Archive[],
  { paths, architecture }: Context,
): SuiteIndex | undefined {
  const places = archives.map(({ base }) => ({ base, suite: name, architecture }));
  return places.flatMap((place) => readIndex(paths, place) ?? [])[0];
}

const hostOf = ({ base }: Archive) => new URL(base).host;

async function loadFrom(
  archive: Archive,
  suite: Suite,
  context: Context,
  staging: Staging,
): Promise<SuiteIndex | undefined> {
  const { paths, architecture } = context;
  const host = hostOf(archive);
  const what = `the index of ${suite.name} at "${host}"`;
  const known = readIndex(paths, { base: archive.base, suite: suite.name, architecture });
  const answer = await askRelease(archive, suite, known, context, what);
  if (answer === undefined) return undefined;
  if (known && (answer === "unchanged" || digestOf(answer.body).text === known.releaseDigest)) {
    checkDate(known.validUntil, archive, what, context);
    checkSigned(known.unchecked, what, host, context);
    return known;
  }
  if (answer === "unchanged") throw new AptError("mirror", `${what} was not sent`);
  const keyrings = context.keyring ?? archive.keyring ?? ARCHIVE_KEYRINGS[suite.distribution];
  const { gpgv } = context;
  const opened = await openSigned(answer.body, { keyrings: [keyrings], gpgv }, what);
  const release = parseReleaseFile(opened.text, what);
  if (!isAsked(release, suite, archive)) return undefined;
  checkDate(release.validUntil, archive, what, context);
  checkSigned(opened.unchecked, what, host, context);
  const list = packagesFile(release, architecture);
  if (list === undefined) return undefined;
  const { headers } = answer.response;
  const [etag, lastModified] = [headers.get("etag"), headers.get("last-modified")];
  const index: SuiteIndex = {
    base: archive.base,
    suite: suite.name,
    architecture,
    releaseDigest: digestOf(answer.body).text,
    listDigest: list.digest.text,
    packages:
      known?.listDigest === list.digest.text
        ? known.packages
        : await fetchList(archive, suite, list, release.byHash, context),
    ...(etag === null ? {} : { etag }),
    ...(lastModified === null ? {} : { lastModified }),
    ...(release.validUntil === undefined ? {} : { validUntil: release.validUntil }),
    ...(opened.unchecked === undefined ? {} : { unchecked: opened.unchecked }),
  };
  writeIndex(paths, staging, index);
  return index;
}

async function askRelease(
  archive: Archive,
  suite: Suite,
  known: SuiteIndex | undefined,
  { transport, signal, limits }: Context,
  what: string,
): Promise<(HttpAnswer & { readonly body: Uint8Array }) | "unchanged" | undefined> {
  const headers = {
    "cache-control": "max-age=0",
    ...(known?.etag === undefined ? {} : { "if-none-match": known.etag }),
    ...(known?.lastModified === undefined ? {} : { "if-modified-since": known.lastModified }),
  };
  const url = new URL(`dists/${suite.name}/InRelease`, archive.base);
  const answer = await transport.sendWhole(
    { method: "GET", url, headers, signal },
    limits.releaseBytes,
    what,
  );
  const { status } = answer.response;
  if (status === 304) return "unchanged";
  if (status === 404 || status === 410) return undefined;
  if (status === 200) return answer;
  throw new AptError("mirror", `"${url.host}" answered with status ${status} for ${what}`);
}

/** An archive of the host's with a suite of that name may be another vendor's. */
function isAsked(release: ReleaseFile, suite: Suite, archive: Archive): boolean {
  if (archive.isHosts && !release.origin.startsWith(ORIGINS[suite.distribution])) return false;
  if (release.suite === suite.name || release.codename === suite.name) return true;
  throw new AptError(
    "mirror",
    `"${hostOf(archive)}" has ${release.codename || "another suite"} in the place of ${suite.name}`,
  );
}

function checkDate(
  validUntil: number | undefined,
  archive: Archive,
  what: string,
  { clock, checkValidUntil }: Context,
): void {
  if (validUntil === undefined || !archive.checkValidUntil || !checkValidUntil) return;
  if (clock.now() <= validUntil) return;
  const date = new Date(validUntil).toISOString().slice(0, 10);
  throw new AptError(
    "expired",
    `${what} was valid until ${date}: the mirror is not kept up to date, or the clock here is wrong`,
  );
}

function checkSigned(
  unchecked: string | undefined,
  what: string,
  host: string,
  { requireSignature, note }: Context,
): void {
  if (unchecked === undefined) return;
  if (requireSignature) {
    throw new AptError("signature", `the signature of ${what} cannot be checked: ${unchecked}`);
  }
  note(`signatures of "${host}" are not checked: ${unchecked}`);
}

async function fetchList(
  archive: Archive,
  suite: Suite,
  list: Expected & { readonly path: string },
  byHash: boolean,
  context: Context,
): Promise<KernelPackage[]> {
  const { transport, clock, signal, onEvent } = context;
  const host = hostOf(archive);
  const what = `the package list of ${suite.name} at "${host}"`;
  const at = (path: string) => new URL(`dists/${suite.name}/${path}`, archive.base);
  const hashed = list.path.replace(/[^/]+$/, `by-hash/SHA256/${list.digest.hex}`);
  const urls = byHash ? [at(hashed), at(list.path)] : [at(list.path)];
  const open = async (offset: number, stop?: AbortSignal): Promise<Response> => {
    const headers: Record<string, string> = offset > 0 ? { range: `bytes=${offset}-` } : {};
    for (const url of urls) {
      const request = { method: "GET", url, headers, signal: stop } as const;
      const { response } = await transport.send(request);
      if (response.status === 200 || response.status === 206) return response;
      await discard(response);
      if (response.status !== 404) {
        throw new AptError(
          "mirror",
          `"${host}" answered with status ${response.status} for ${what}`,
        );
      }
    }
    throw new AptError(
      "mirror",
      `"${host}" does not have ${what} that its InRelease names: ${LATER}`,
    );
  };
  const chunks = download({ what, size: list.size, saidBy: "its InRelease" }, open, {
    clock,
    signal,
    onRetry: (message) => onEvent({ kind: "retry", message }),
  });
  const reader = new PackageListReader(what);
  try {
    const consume = (bytes: Uint8Array) => reader.push(bytes);
    await decompressStream(verified(chunks, list, what), consume, { what, signal });
  } catch (error) {
    // A list of another day has another size, or another digest.
    const isOther = error instanceof HttpError ? error.code === "length" : isWrongDigest(error);
    if (!isOther) throw error;
    const { message } = error instanceof Error ? error : new Error(String(error));
    throw new AptError("mirror", `${message}: ${LATER}`, { cause: error });
  }
  reader.end();
  return reader.packages;
}

const LATER = "the mirror is half synchronised; try again later, or use another one";

const isWrongDigest = (error: unknown) => error instanceof StoreError && error.code === "digest";
