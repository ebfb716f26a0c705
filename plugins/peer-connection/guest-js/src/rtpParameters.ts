/** Codecs and header extensions in the form of the dictionaries of W3C WebRTC, section 5.2. */

import { codecsOf } from "./host";
import { extensionUris } from "./jsep/codecs";
import type { CodecCapability, Kind } from "./media/plane";
import type { TransceiverCore } from "./transceiverCore";

export function capabilitiesOf(kind: string): RTCRtpCapabilities | null {
  if (kind !== "audio" && kind !== "video") return null;
  const codecs = codecsOf(kind).map(toCodec);
  const rtx = { mimeType: "video/rtx", clockRate: 90_000 };
  return {
    codecs: kind === "video" && codecs.length > 0 ? [...codecs, rtx] : codecs,
    headerExtensions: extensionUris(kind).map((uri) => ({ uri })),
  };
}

export function parametersOfCodecs(core: TransceiverCore): RTCRtpCodecParameters[] {
  const { kind } = core;
  return core.agreed.flatMap(({ payloadType, name, clockRate, channels, fmtp, rtx }) => {
    const shown = { kind, name, clockRate, fmtp, rtcpFeedback: [] };
    const codec = { payloadType, ...toCodec(channels > 1 ? { ...shown, channels } : shown) };
    if (rtx === null) return [codec];
    const mime = mimeType(kind, "rtx");
    return [
      codec,
      { payloadType: rtx, mimeType: mime, clockRate, sdpFmtpLine: `apt=${payloadType}` },
    ];
  });
}

export function headerExtensions(core: TransceiverCore): RTCRtpHeaderExtensionParameters[] {
  return core.extensions.map(({ id, uri }) => ({ id, uri, encrypted: false }));
}

function toCodec(capability: CodecCapability): RTCRtpCodec {
  const { kind, name, clockRate, channels, fmtp } = capability;
  return {
    mimeType: mimeType(kind, name),
    clockRate,
    ...(channels === undefined ? {} : { channels }),
    ...(fmtp === "" ? {} : { sdpFmtpLine: fmtp }),
  };
}

export function mimeType(kind: Kind, name: string): string {
  return `${kind}/${name}`;
}
