/** Who starts the DTLS handshake (RFC 8842, section 5). */

import type { Setup } from "./view";

export type DtlsSetup = Exclude<Setup, "actpass">;

/** What the other end is then. */
export function invert(setup: Setup): DtlsSetup {
  return setup === "active" ? "passive" : "active";
}

/** An answer says `active` or `passive` (RFC 8842, section 5.2). */
export function toDtlsSetup(setup: Setup | null | undefined): DtlsSetup {
  return setup === "passive" ? "passive" : "active";
}
