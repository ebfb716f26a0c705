/** Answers (RFC 8829, section 5.3.1). */

import type { CodecCapability } from "../media/plane";
import { agree, agreeExtensions, prefer } from "./codecs";
import { answerTo } from "./direction";
import type { Source } from "./offer";
import type { MediaText, SessionText } from "./sdp";
import {
  dataSection,
  MAX_MESSAGE_SIZE,
  mediaSection,
  rejectedSection,
  session,
  sourceLines,
  type Origin,
  type Transport,
} from "./sections";
import { attributes, hasFlag } from "./sdp";
import type { DescriptionView, MediaView } from "./view";

export interface AnswerInput {
  readonly origin: Origin;
  readonly transport: Transport;
  readonly offer: DescriptionView;
  /** By m-line; null where there is none to answer with. */
  readonly sources: readonly (Source | null)[];
}

/** Whether an m-line can be accepted: on the one transport, with anything to talk in. */
export function isAcceptable(
  offer: DescriptionView,
  line: number,
  capabilities: readonly CodecCapability[],
): boolean {
  const media = offer.media[line];
  if (!media || media.rejected || !sharesTransport(offer, line)) return false;
  switch (media.kind) {
    case "application":
      return media.sctpPort !== null;
    case "audio":
    case "video":
      return (media.rtcpMux || media.bundled) && agree(media.codecs, capabilities).length > 0;
    default:
      return false;
  }
}

export function createAnswer(input: AnswerInput): SessionText {
  const media = input.offer.media.map((offered, line) => answerLine(input, offered, line));
  const offeredGroup = attributes(input.offer.text.lines, "group").some((value) =>
    value.startsWith("BUNDLE"),
  );
  const bundled = input.offer.media
    .filter((_, line) => media[line]?.port !== 0)
    .map(({ mid }) => mid);
  const attributeLines = [
    ...(hasFlag(input.offer.text.lines, "extmap-allow-mixed") ? ["a=extmap-allow-mixed"] : []),
    "a=msid-semantic:WMS *",
  ];
  return session(input.origin, offeredGroup ? bundled : null, attributeLines, media);
}

function answerLine(input: AnswerInput, offered: MediaView, line: number): MediaText {
  const { offer, transport } = input;
  const like = offer.text.media[line] ?? { kind: offered.kind, protocol: "" };
  const rejected = (): MediaText => {
    const section = rejectedSection(like, offered.mid);
    return { ...section, formats: offer.text.media[line]?.formats ?? section.formats };
  };
  const source = input.sources[line];
  const isData = offered.kind === "application";
  if (!isAcceptable(offer, line, source?.codecs ?? [])) return rejected();
  if (isData) return dataSection(offered.mid, transport, MAX_MESSAGE_SIZE);
  // One that is being stopped is inactive, until an offer of this end ends its m-line.
  if (!source) return rejected();
  const codecs = prefer(agree(offered.codecs, source.codecs), null);
  const direction = answerTo(offered.direction, source.direction);
  const plan = {
    kind: source.kind,
    mid: offered.mid,
    direction,
    codecs,
    extensions: agreeExtensions(offered.extensions, source.kind),
    sources: sourceLines(source.send, source.direction, codecs),
  };
  return mediaSection(plan, transport);
}

/** There is one transport: whatever is not bundled with the first m-line is refused. */
function sharesTransport(offer: DescriptionView, line: number): boolean {
  const first = offer.media.findIndex(({ rejected }) => !rejected);
  if (line === first) return true;
  return offer.media[first]?.bundled === true && offer.media[line]?.bundled === true;
}
