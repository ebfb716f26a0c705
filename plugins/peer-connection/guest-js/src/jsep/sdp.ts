/** SDP as text lines (RFC 8866): what was read is written back unchanged, known or not. */

/** A session description. */
export interface SessionText {
  /** The lines before the first m-line, without line ends. */
  readonly lines: string[];
  readonly media: MediaText[];
}

/** One m-line and what belongs to it. */
export interface MediaText {
  readonly kind: string;
  readonly port: number;
  readonly protocol: string;
  readonly formats: readonly string[];
  /** The lines after the m-line. */
  readonly lines: string[];
}

/** What is no session description. */
export class SdpError extends Error {
  override readonly name = "SdpError";
}

/** Far above what a call has; a description of a hostile peer ends here. */
const MEDIA_MAX = 256;
const LENGTH_MAX = 1_000_000;

/** Reads a session description; throws an `SdpError`. */
export function parseSdp(text: string): SessionText {
  if (text.length > LENGTH_MAX) throw new SdpError("the description is too long");
  const lines = text.split(/\r\n|\r|\n/).filter((line) => line !== "");
  if (lines[0] !== "v=0") throw new SdpError("a description starts with v=0");
  const session: SessionText = { lines: [], media: [] };
  let current = session.lines;
  for (const line of lines) {
    if (!/^[a-z]=/.test(line)) throw new SdpError(`expected a type and "=": ${line}`);
    if (line.startsWith("m=")) {
      const media = parseMediaLine(line);
      if (session.media.push(media) > MEDIA_MAX) throw new SdpError("too many m-lines");
      current = media.lines;
    } else {
      current.push(line);
    }
  }
  if (!session.lines.some((line) => line.startsWith("o="))) throw new SdpError("o= is missing");
  return session;
}

/** Writes a session description. */
export function writeSdp(session: SessionText): string {
  const lines = [...session.lines];
  for (const { kind, port, protocol, formats, lines: own } of session.media) {
    lines.push(`m=${kind} ${port} ${protocol} ${formats.join(" ")}`, ...own);
  }
  return lines.map((line) => `${line}\r\n`).join("");
}

/** The value of the first attribute of this name; "" for one without a value. */
export function attribute(lines: readonly string[], name: string): string | null {
  return attributes(lines, name)[0] ?? null;
}

/** The values of all attributes of this name. */
export function attributes(lines: readonly string[], name: string): string[] {
  const flag = `a=${name}`;
  const start = `${flag}:`;
  const values: string[] = [];
  for (const line of lines) {
    if (line.startsWith(start)) values.push(line.slice(start.length));
    else if (line === flag) values.push("");
  }
  return values;
}

export function hasFlag(lines: readonly string[], name: string): boolean {
  return lines.includes(`a=${name}`);
}

/** Adds a line at the end of a section, unless it is there. */
export function addLine(media: MediaText, line: string): void {
  if (!media.lines.includes(line)) media.lines.push(line);
}

function parseMediaLine(line: string): MediaText {
  const match = /^m=([a-z]+) (\d+)(?:\/\d+)? (\S+)((?: \S+)+)\s*$/.exec(line);
  if (!match) throw new SdpError(`expected an m-line: ${line}`);
  const [, kind = "", port = "", protocol = "", formats = ""] = match;
  if (Number(port) > 65_535) throw new SdpError(`expected a port: ${line}`);
  return { kind, port: Number(port), protocol, formats: formats.trim().split(/ +/), lines: [] };
}
