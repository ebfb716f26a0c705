/** What the connections of a page stand on: the engine, and the devices and codecs of the webview. */

import type { EngineLink } from "./bridge";
import type { CodecCapability, Kind, MediaPlane, PlanePort } from "./media/plane";

export interface Host {
  readonly link: EngineLink;
  readonly codecs: readonly CodecCapability[];
  createPlane(port: PlanePort): MediaPlane;
}

let current: Host | null = null;

/** Before the first connection; the constructor of a connection can be told nothing but what W3C says. */
export function setHost(host: Host): void {
  current = host;
}

export function theHost(): Host {
  if (!current) throw new Error("there is no host");
  return current;
}

export function codecsOf(kind: Kind): CodecCapability[] {
  return theHost().codecs.filter((codec) => codec.kind === kind);
}
