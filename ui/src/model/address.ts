/** Ringdove's own port, which a host without scheme and port means. */
const DEFAULT_PORT = "6503";

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
