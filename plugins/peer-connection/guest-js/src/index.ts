/**
 * Gives a webview without WebRTC an `RTCPeerConnection`, before any script of the page runs. A
 * webview that has one keeps its own.
 */
import { Bridge, openSocket } from "./bridge";
import { Certificate } from "./configuration";
import { DataChannel } from "./dataChannel";
import { DtmfSender } from "./dtmf";
import { RtcError } from "./errors";
import {
  DataChannelEvent,
  PeerConnectionIceErrorEvent,
  PeerConnectionIceEvent,
  TrackEvent,
} from "./events";
import { setHost } from "./host";
import { IceCandidate } from "./iceCandidate";
import { CODECS, createPlane, loadCodecs, watchPage } from "./media/index";
import { PeerConnection } from "./peerConnection";
import { RtpReceiver } from "./receiver";
import { RtpSender } from "./sender";
import { SessionDescription } from "./sessionDescription";
import { StatsReport } from "./stats";
import { RtpTransceiver } from "./transceiver";
import { DtlsTransport, IceTransport, SctpTransport } from "./transports";

const INTERFACES = {
  RTCCertificate: Certificate,
  RTCDTMFSender: DtmfSender,
  RTCDataChannel: DataChannel,
  RTCDataChannelEvent: DataChannelEvent,
  RTCDtlsTransport: DtlsTransport,
  RTCError: RtcError,
  RTCIceCandidate: IceCandidate,
  RTCIceTransport: IceTransport,
  RTCPeerConnection: PeerConnection,
  RTCPeerConnectionIceErrorEvent: PeerConnectionIceErrorEvent,
  RTCPeerConnectionIceEvent: PeerConnectionIceEvent,
  RTCRtpReceiver: RtpReceiver,
  RTCRtpSender: RtpSender,
  RTCRtpTransceiver: RtpTransceiver,
  RTCSctpTransport: SctpTransport,
  RTCSessionDescription: SessionDescription,
  RTCStatsReport: StatsReport,
  RTCTrackEvent: TrackEvent,
} as const;

if (typeof RTCPeerConnection === "undefined") install();

function install(): void {
  watchPage();
  setHost({
    link: new Bridge(openSocket),
    codecs: CODECS,
    createPlane: (port) => {
      void loadCodecs();
      return createPlane(port);
    },
  });
  for (const [name, value] of Object.entries(INTERFACES)) {
    Object.defineProperty(value, "name", { value: name, configurable: true });
    Object.defineProperty(value.prototype, Symbol.toStringTag, { value: name, configurable: true });
    Object.defineProperty(window, name, { value, configurable: true, writable: true });
  }
}
