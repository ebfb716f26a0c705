/** What this webview can encode and decode. */
import { toAnnexB } from "./annexB";
import type { Codec, CodecCapability } from "./plane";

const VIDEO_FEEDBACK = ["transport-cc", "ccm fir", "nack", "nack pli"] as const;

/** Constrained Baseline, level 3.1: what RFC 7742 section 6.2 asks for. */
const H264_FMTP = "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f";
export const H264: CodecCapability = {
  kind: "video",
  name: "H264",
  clockRate: 90_000,
  fmtp: H264_FMTP,
  rtcpFeedback: VIDEO_FEEDBACK,
};
export const OPUS: CodecCapability = {
  kind: "audio",
  name: "opus",
  clockRate: 48_000,
  channels: 2,
  fmtp: "minptime=10;useinbandfec=1",
  rtcpFeedback: ["transport-cc"],
};
export const VP8: CodecCapability = {
  kind: "video",
  name: "VP8",
  clockRate: 90_000,
  fmtp: "",
  rtcpFeedback: VIDEO_FEEDBACK,
};

const codecs = [OPUS, VP8];

/** In order of preference: the floor at first, and H.264 too once `loadCodecs` has found it. */
export const CODECS: readonly CodecCapability[] = codecs;

let loading: Promise<readonly CodecCapability[]> | undefined;

/** Adds to CODECS what only the webview's plugins can tell. Costs a few hundred milliseconds. */
export function loadCodecs(): Promise<readonly CodecCapability[]> {
  loading ??= codecsReady()
    .then((ready) => ready && h264Works())
    .catch(() => false)
    .then((works) => {
      if (works) {
        codecs.push(H264);
      }
      return CODECS;
    });
  return loading;
}

let ready: Promise<boolean> | undefined;

/**
 * Resolves when encoders may be touched, false where there are none. In WebKitGTK 2.50 a question
 * about an encoder ends the web process, unless a decoder was asked about before.
 */
export function codecsReady(): Promise<boolean> {
  ready ??=
    typeof VideoDecoder === "undefined" || typeof VideoEncoder === "undefined"
      ? Promise.resolve(false)
      : VideoDecoder.isConfigSupported({ codec: "vp8" }).then(
          () => true,
          () => false,
        );
  return ready;
}

/** The name that WebCodecs knows a negotiated video codec by. */
export function codecString(codec: Codec): string {
  return codec.name === "H264" ? `avc1.${profileLevelId(codec.fmtp)}` : "vp8";
}

/** The largest picture in pixels: 3600 macroblocks at H.264 level 3.1, ITU-T H.264 table A-1. */
export function mostPixels(codec: Codec): number {
  if (codec.name !== "H264") {
    return 2560 * 1440;
  }
  const level = Number.parseInt(profileLevelId(codec.fmtp).slice(4), 16);
  return level >= 40 ? 1920 * 1088 : 1280 * 720;
}

function profileLevelId(fmtp: string): string {
  return /profile-level-id=([0-9a-f]{6})/i.exec(fmtp)?.[1]?.toUpperCase() ?? "42E01F";
}

/**
 * A picture there and back. Asking is not enough: with only the openh264 plugin, WebKitGTK claims a
 * decoder that fails on Annex B.
 */
async function h264Works(): Promise<boolean> {
  const size = { width: 320, height: 240 };
  const codec = codecString({ name: "H264", payloadType: 0, fmtp: H264_FMTP });
  const config: VideoEncoderConfig = {
    codec,
    ...size,
    bitrate: 300_000,
    framerate: 30,
    latencyMode: "realtime",
    avc: { format: "annexb" },
  };
  const answers = await Promise.all([
    VideoDecoder.isConfigSupported({ codec }),
    VideoEncoder.isConfigSupported(config),
  ]);
  if (!answers.every(({ supported }) => supported === true)) {
    return false;
  }
  const closing: (() => void)[] = [];
  const decoded = new Promise<boolean>((resolve) => {
    const fail = (): void => {
      resolve(false);
    };
    const limit = setTimeout(fail, 2000);
    const decoder = new VideoDecoder({
      output: (frame) => {
        frame.close();
        resolve(true);
      },
      error: fail,
    });
    const encoder = new VideoEncoder({
      output: (chunk) => {
        const data = new Uint8Array(chunk.byteLength);
        chunk.copyTo(data);
        const frame = toAnnexB(data);
        if (frame && decoder.state === "configured") {
          const { type, timestamp } = chunk;
          decoder.decode(new EncodedVideoChunk({ type, timestamp, data: frame }));
        }
      },
      error: fail,
    });
    closing.push(
      () => {
        clearTimeout(limit);
      },
      () => {
        closeCodec(encoder);
      },
      () => {
        closeCodec(decoder);
      },
    );
    decoder.configure({ codec, optimizeForLatency: true });
    encoder.configure(config);
    for (let index = 0; index < 3; index++) {
      const frame = blackFrame(size.width, size.height, index * 33_333);
      encoder.encode(frame, { keyFrame: index === 0 });
      frame.close();
    }
  });
  try {
    return await decoded;
  } finally {
    for (const close of closing) {
      close();
    }
  }
}

/** Closing what an error has closed already throws. */
export function closeCodec(codec: VideoEncoder | VideoDecoder | undefined): void {
  if (codec && codec.state !== "closed") {
    codec.close();
  }
}

export function blackFrame(width: number, height: number, timestamp: number): VideoFrame {
  const luma = width * height;
  const chroma = Math.ceil(width / 2) * Math.ceil(height / 2);
  const data = new Uint8Array(luma + 2 * chroma).fill(16, 0, luma).fill(128, luma);
  return new VideoFrame(data, {
    format: "I420",
    codedWidth: width,
    codedHeight: height,
    timestamp,
  });
}
