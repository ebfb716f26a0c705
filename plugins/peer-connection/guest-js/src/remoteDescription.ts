import { invalidAccess, sdpError } from "./errors";
import { SdpError } from "./jsep/sdp";
import { bundleTag, readDescription, type DescriptionView, type MediaView } from "./jsep/view";

/** Reads what the other end wrote; throws what `setRemoteDescription` rejects with. */
export function readRemote(sdp: string, requiresMux: boolean): DescriptionView {
  try {
    const view = readDescription(sdp);
    const tag = bundleTag(view)?.media;
    if (tag && (!tag.ice || !tag.fingerprint)) {
      throw invalidAccess("The description has no credentials or no fingerprint.");
    }
    for (const media of view.media)
      checkMedia(media, requiresMux && !(media.bundled && media !== tag));
    return view;
  } catch (error) {
    if (error instanceof SdpError) throw sdpError(error.message);
    throw error;
  }
}

function checkMedia(media: MediaView, requiresMux: boolean): void {
  if (media.rejected || (media.kind !== "audio" && media.kind !== "video")) return;
  if (requiresMux && !media.rtcpMux) throw invalidAccess("RTCP is not multiplexed.");
  // RFC 5761, section 4: they look like RTCP.
  if (media.codecs.some(({ payloadType }) => payloadType >= 64 && payloadType <= 95)) {
    throw invalidAccess("A payload type cannot be told from RTCP.");
  }
}
