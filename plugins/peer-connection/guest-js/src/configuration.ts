/** RTCConfiguration: what W3C WebRTC, section 4.4.1.6 lets pass. */

import type { EngineIceServer } from "./bridge";
import { invalidAccess, invalidModification, notSupported, syntax } from "./errors";

export interface Configuration {
  readonly iceServers: RTCIceServer[];
  readonly iceTransportPolicy: RTCIceTransportPolicy;
  readonly bundlePolicy: RTCBundlePolicy;
  readonly rtcpMuxPolicy: MuxPolicy;
  readonly iceCandidatePoolSize: number;
  readonly certificates: RTCCertificate[];
}

/** `negotiate` is of older drafts; RTCP is multiplexed in any case. */
const MUX_POLICIES = ["require", "negotiate"] as const;
type MuxPolicy = (typeof MUX_POLICIES)[number];

export function readConfiguration(
  given: RTCConfiguration | null | undefined,
  before: Configuration | null,
): Configuration {
  // A member that is null is not one that is absent (Web IDL, section 3.2.17).
  const {
    iceServers = [],
    iceTransportPolicy = "all",
    bundlePolicy = "balanced",
    rtcpMuxPolicy = "require",
    iceCandidatePoolSize = 0,
    certificates = before?.certificates ?? [],
  } = given ?? {};
  const configuration: Configuration = {
    iceServers: sequence(iceServers).map(readServer),
    iceTransportPolicy: oneOf(["all", "relay"], iceTransportPolicy),
    bundlePolicy: oneOf(["balanced", "max-bundle", "max-compat"], bundlePolicy),
    rtcpMuxPolicy: oneOf(MUX_POLICIES, rtcpMuxPolicy),
    iceCandidatePoolSize,
    certificates: sequence(certificates),
  };
  const { iceCandidatePoolSize: pool } = configuration;
  if (!Number.isInteger(pool) || pool < 0 || pool > 255) {
    throw new TypeError("iceCandidatePoolSize is not a number from 0 to 255.");
  }
  if (configuration.certificates.some(({ expires }) => expires <= Date.now())) {
    throw invalidAccess("A certificate has expired.");
  }
  if (before && configuration.bundlePolicy !== before.bundlePolicy) {
    throw invalidModification("bundlePolicy cannot be changed.");
  }
  if (before && configuration.rtcpMuxPolicy !== before.rtcpMuxPolicy) {
    throw invalidModification("rtcpMuxPolicy cannot be changed.");
  }
  if (before && !sameMembers(configuration.certificates, before.certificates)) {
    throw invalidModification("certificates cannot be changed.");
  }
  return configuration;
}

export function toEngineServers(servers: readonly RTCIceServer[]): EngineIceServer[] {
  return servers.map(({ urls, username, credential }) => ({
    urls: typeof urls === "string" ? [urls] : urls,
    ...(username === undefined ? {} : { username }),
    ...(credential === undefined ? {} : { credential }),
  }));
}

export function copyConfiguration(configuration: Configuration): RTCConfiguration {
  const { iceServers, certificates, rtcpMuxPolicy, ...rest } = configuration;
  return {
    ...rest,
    rtcpMuxPolicy: rtcpMuxPolicy as RTCRtcpMuxPolicy,
    certificates: [...certificates],
    iceServers: iceServers.map((server) => ({ ...server })),
  };
}

function readServer(server: RTCIceServer): RTCIceServer {
  const given: Partial<RTCIceServer> = server;
  if (given.urls === undefined) throw new TypeError("An ICE server has urls.");
  const urls = typeof given.urls === "string" ? [given.urls] : [...given.urls];
  if (urls.length === 0) throw syntax("An ICE server has at least one url.");
  const { username, credential } = given as Record<string, string | null | undefined>;
  const read = {
    urls,
    ...(typeof username === "string" ? { username } : {}),
    ...(typeof credential === "string" ? { credential } : {}),
  };
  for (const url of urls) checkUrl(url, read);
  return read;
}

/** RFC 7064 and RFC 7065. */
function checkUrl(url: string, server: RTCIceServer): void {
  const match = /^(stuns?|turns?):(\[[0-9a-f:.]+\]|[^:?/#@]+)(?::(\d{1,5}))?(\?.*)?$/i.exec(url);
  if (!match || Number(match[3] ?? 1) > 65_535)
    throw syntax(`not the url of an ICE server: ${url}`);
  const isTurn = match[1]?.toLowerCase().startsWith("turn") === true;
  const query = match[4];
  if (query !== undefined && !(isTurn && /^\?transport=(udp|tcp)$/i.test(query))) {
    throw syntax(`not the url of an ICE server: ${url}`);
  }
  if (isTurn && (server.username === undefined || server.credential === undefined)) {
    throw invalidAccess("A TURN server has a username and a credential.");
  }
}

function sequence<Member>(value: readonly Member[] | null): Member[] {
  if (value === null) throw new TypeError("null is no sequence");
  return [...value];
}

function oneOf<Value extends string>(allowed: readonly Value[], value: string): Value {
  const found = allowed.find((each) => each === value);
  if (found === undefined) throw new TypeError(`not one of ${allowed.join(", ")}: ${value}`);
  return found;
}

function sameMembers(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.length === other.length && one.every((member, index) => member === other[index]);
}

/**
 * W3C WebRTC, section 4.9. The engine makes the certificate that is really used; what this gives is
 * a stand-in for pages that ask for one beforehand.
 */
export class Certificate {
  readonly expires: number;

  constructor(expires: number) {
    this.expires = expires;
  }

  getFingerprints(): RTCDtlsFingerprint[] {
    return [];
  }
}

export function makeCertificate(algorithm: AlgorithmIdentifier): Certificate {
  const given = (typeof algorithm === "string" ? { name: algorithm } : algorithm) as KeyAlgorithm;
  const name = given.name.toUpperCase();
  const hash = typeof given.hash === "object" ? given.hash.name : given.hash;
  const isRsa = name === "RSASSA-PKCS1-V1_5" && hash?.toUpperCase() !== "SHA-1";
  if (name !== "ECDSA" && !isRsa) {
    throw notSupported("Certificates are made with ECDSA or RSASSA-PKCS1-v1_5.");
  }
  const { expires = CERTIFICATE_MS } = given;
  // [EnforceRange] unsigned long long (Web IDL, section 3.2.4.9).
  if (!Number.isFinite(Number(expires)) || Number(expires) < 0) {
    throw new TypeError("expires is not a number of milliseconds.");
  }
  return new Certificate(Date.now() + Math.min(Number(expires), CERTIFICATE_MS));
}

/** What of an algorithm and of RTCCertificateExpiration is looked at. */
interface KeyAlgorithm {
  readonly name: string;
  readonly hash?: string | { readonly name: string };
  readonly expires?: unknown;
}

const CERTIFICATE_MS = 30 * 24 * 60 * 60 * 1_000;
