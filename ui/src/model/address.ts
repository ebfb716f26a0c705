/** Ringdove's own port, which a host without scheme and port means. */
const DEFAULT_PORT = "6503";

/** What stands in the field for the server. */
export interface TypedServer {
  /** The address to connect to; the core says whether it is one. */
  readonly server: string;
  /** The code of an invitation link. */
  readonly invite: string | null;
}

/** Reads what a person typed or pasted: a host, an address of any kind, or an invitation link. */
export function readServer(typed: string): TypedServer {
  const [address = "", fragment = ""] = typed.trim().split("#", 2);
  const full = address.includes("://") ? address : webAddress(address);
  return { server: full.replace(/^http/i, "ws"), invite: inviteIn(fragment) };
}

/** The code in the part of a link behind the `#`. */
export function inviteIn(fragment: string): string | null {
  return new URLSearchParams(fragment).get("invite");
}

/** The web address of a server: what others open in a browser. `server` is as a person typed it. */
export function webAddress(server: string): string {
  const typed = server.trim();
  if (typed.includes("://")) {
    return typed.replace(/^ws/i, "http").replace(/\/$/, "");
  }
  return /:\d+$/.test(typed) ? `http://${typed}` : `http://${typed}:${DEFAULT_PORT}`;
}

/** Whether an address means this computer only, so that nobody else can open it. */
export function isThisComputer(address: string): boolean {
  let host: string;
  try {
    host = new URL(address).hostname;
  } catch {
    return false;
  }
  return host === "localhost" || host === "[::1]" || host.startsWith("127.");
}
