export { discard, readBounded } from "./bounded.ts";
export { type Clock, systemClock } from "./clock.ts";
export { download } from "./download.ts";
export { HttpError } from "./error.ts";
export { type Environment, isLoopback } from "./proxy.ts";
export { isCertificateError } from "./retry.ts";
export { trustedRoots } from "./roots.ts";
export {
  type HttpAnswer,
  type HttpRequest,
  Transport,
  type TransportOptions,
} from "./transport.ts";
