import { z } from "zod";
import { OciError, printable } from "../errors.ts";
import { formatReference, type Reference } from "../names/reference.ts";

/** Distribution specification 1.1, "Error Codes". */
const ErrorBody = z.object({
  errors: z.array(z.object({ code: z.string().nullish(), message: z.string().nullish() })),
});

/**
 * The error for a status that is not a success.
 * @param name  the tag or digest that was asked for
 * @param body  what the registry sent with it, if anything
 */
export function registryFailure(
  reference: Reference,
  name: string,
  status: number,
  body: Uint8Array | undefined,
): OciError {
  const { registry, repository } = reference;
  const image = formatReference(reference);
  const said = body === undefined ? "" : saying(body);
  if (status === 404) {
    const kind = name.includes(":") ? "no content" : "no tag";
    return new OciError(
      "not-found",
      `registry "${registry}" has ${kind} "${name}" in "${repository}"${said}`,
    );
  }
  if (status === 401 || status === 403) {
    return new OciError(
      "unauthorized",
      `registry "${registry}" denies access to "${image}"${said}`,
    );
  }
  return new OciError(
    "registry",
    `registry "${registry}" answered with status ${status} for "${image}"${said}`,
  );
}

function saying(body: Uint8Array): string {
  try {
    const { errors } = ErrorBody.parse(JSON.parse(new TextDecoder().decode(body)));
    const text = printable(errors[0]?.message || errors[0]?.code || "");
    return text === "" ? "" : `: ${text}`;
  } catch {
    return "";
  }
}
