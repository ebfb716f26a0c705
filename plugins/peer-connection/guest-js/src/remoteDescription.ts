import { invalidAccess, sdpError } from "./errors";
import { SdpError } from "./jsep/sdp";
import { bundleTag, readDescription, type DescriptionView } from "./jsep/view";

/** Reads what the other end wrote; throws what `setRemoteDescription` rejects with. */
export function readRemote(sdp: string): DescriptionView {
  try {
    const view = readDescription(sdp);
    const tag = bundleTag(view)?.media;
    if (tag && (!tag.ice || !tag.fingerprint)) {
      throw invalidAccess("The description has no credentials or no fingerprint.");
    }
    return view;
  } catch (error) {
    if (error instanceof SdpError) throw sdpError(error.message);
    throw error;
  }
}
