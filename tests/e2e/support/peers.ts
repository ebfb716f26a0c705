import type { Page } from "@playwright/test";

declare global {
  interface Window {
    /** Connections that are open now; kept by the script below, not by the product. */
    openPeers?: Set<RTCPeerConnection>;
  }
}

/** Runs in the page before a call: remembers each RTCPeerConnection until it closes. */
export function rememberPeers(): void {
  const open = new Set<RTCPeerConnection>();
  window.openPeers = open;
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      open.add(this);
    }
    override close(): void {
      open.delete(this);
      super.close();
    }
  };
}

export async function watchPeers(page: Page): Promise<void> {
  await page.addInitScript(rememberPeers);
}

/** What the page's open connections have received. */
export interface Received {
  readonly connections: number;
  readonly videoFrames: number;
  readonly audioSamples: number;
  /** Of these, the ones that were not made up for lost ones. */
  readonly heardSamples: number;
  /** Of the received video, or else the received sound; null before it is known. */
  readonly codec: string | null;
}

/** Runs in the page. */
export async function countReceived(): Promise<Received> {
  const total = {
    connections: 0,
    videoFrames: 0,
    audioSamples: 0,
    heardSamples: 0,
    codec: null as string | null,
  };
  for (const peer of window.openPeers ?? []) {
    total.connections += 1;
    const stats = (await peer.getStats()) as Map<string, Record<string, unknown>>;
    for (const entry of stats.values()) {
      if (entry["type"] !== "inbound-rtp") continue;
      total.videoFrames += Number(entry["framesDecoded"] ?? 0);
      const samples = Number(entry["totalSamplesReceived"] ?? 0);
      total.audioSamples += samples;
      total.heardSamples += samples - Number(entry["concealedSamples"] ?? 0);
      const codec = stats.get(String(entry["codecId"]))?.["mimeType"];
      if (typeof codec === "string" && (entry["kind"] === "video" || total.codec === null)) {
        total.codec = codec;
      }
    }
  }
  return total;
}

export async function received(page: Page): Promise<Received> {
  return page.evaluate(countReceived);
}
