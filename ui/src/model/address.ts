/** Ringdove's own port, assumed where a server of the local network is named without one. */
const DEFAULT_PORT = "6503";

/**
 * Makes the address of a server as people type it one that the core takes; null if it is none.
 *
 * Without a scheme, names of the local network and addresses with a port speak `ws`, public names
 * `wss`: those stand behind a proxy that has their certificate.
 */
export function serverAddress(typed: string): string | null {
  const match = /^(?:([a-z]+):\/\/)?([^\s@]+)$/i.exec(typed.trim());
  const rest = match?.[2];
  if (rest === undefined) {
    return null;
  }
  switch (match?.[1]?.toLowerCase()) {
    case "ws":
    case "http":
      return socketAddress("http", rest);
    case "wss":
    case "https":
      return socketAddress("https", rest);
    case undefined:
      return guessed(rest);
    default:
      return null;
  }
}

/** The address that others open in a browser to reach the same server. */
export function webAddress(server: string): string {
  return server.replace(/^ws/, "http");
}

/** Whether an address means this computer only, so that nobody else can open it. */
export function isThisComputer(address: string): boolean {
  const host = parse(address)?.hostname ?? "";
  return host === "localhost" || host === "[::1]" || host.startsWith("127.");
}

function guessed(rest: string): string | null {
  const url = parse(`http://${rest}`);
  if (url === null) {
    return null;
  }
  if (url.port === "" && isLocal(url.hostname)) {
    url.port = DEFAULT_PORT;
    return socketAddress("http", url.href.slice("http://".length));
  }
  return socketAddress(url.port === "" ? "https" : "http", rest);
}

function socketAddress(scheme: "http" | "https", rest: string): string | null {
  const url = parse(`${scheme}://${rest}`);
  return url === null ? null : url.href.replace(/^http/, "ws").replace(/\/$/, "");
}

function isLocal(hostname: string): boolean {
  return (
    hostname.startsWith("[") ||
    /^\d+\.\d+\.\d+\.\d+$/.test(hostname) ||
    !hostname.includes(".") ||
    /\.(local|lan|home\.arpa|internal)$/.test(hostname)
  );
}

function parse(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}
