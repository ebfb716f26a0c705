/** Offers of other ends. */

const CHROMIUM_TRANSPORT = `c=IN IP4 0.0.0.0
a=rtcp:9 IN IP4 0.0.0.0
a=ice-ufrag:69tC
a=ice-pwd:sJiPTBM2lC9T5VJl2OS/GOp/
a=ice-options:trickle
a=fingerprint:sha-256 06:9A:8D:2F:75:91:04:89:5A:45:A0:29:07:5E:7D:22:66:F7:DE:F9:B0:07:9D:15:AF:0D:A8:CC:ED:38:E9:6D
a=setup:actpass`;

/** Taken from Chromium 156, without some of its video codecs. */
export const CHROMIUM_OFFER = toSdp(`v=0
o=- 5778974915801443723 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0 1 2
a=extmap-allow-mixed
a=msid-semantic: WMS 78a019e3-579d-4029-9f29-a22199defc3f
m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126
${CHROMIUM_TRANSPORT}
a=mid:0
a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
a=sendrecv
a=msid:78a019e3-579d-4029-9f29-a22199defc3f b9bb5baa-a0f8-425e-b2bc-59eca8ab8b73
a=rtcp-mux
a=rtcp-rsize
a=rtcp-xr:rcvr-rtt=all
a=rtpmap:111 opus/48000/2
a=rtcp-fb:111 transport-cc
a=fmtp:111 minptime=10;useinbandfec=1
a=rtpmap:63 red/48000/2
a=fmtp:63 111/111
a=rtpmap:9 G722/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:13 CN/8000
a=rtpmap:110 telephone-event/48000
a=rtpmap:126 telephone-event/8000
a=ssrc:2059328552 cname:EivqUoN9bZCl0dkG
a=ssrc:2059328552 msid:78a019e3-579d-4029-9f29-a22199defc3f b9bb5baa-a0f8-425e-b2bc-59eca8ab8b73
m=video 9 UDP/TLS/RTP/SAVPF 96 97 102 103 108 109 45 46 118 119 120
${CHROMIUM_TRANSPORT}
a=mid:1
a=extmap:14 urn:ietf:params:rtp-hdrext:toffset
a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
a=extmap:13 urn:3gpp:video-orientation
a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id
a=sendrecv
a=msid:78a019e3-579d-4029-9f29-a22199defc3f 5c48a04c-3ca6-46e5-9c52-a345789e6516
a=rtcp-mux
a=rtcp-rsize
a=rtcp-xr:rcvr-rtt=all
a=rtpmap:96 VP8/90000
a=rtcp-fb:96 goog-remb
a=rtcp-fb:96 transport-cc
a=rtcp-fb:96 ccm fir
a=rtcp-fb:96 nack
a=rtcp-fb:96 nack pli
a=rtpmap:97 rtx/90000
a=fmtp:97 apt=96
a=rtpmap:102 H264/90000
a=rtcp-fb:102 nack
a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f
a=rtpmap:103 rtx/90000
a=fmtp:103 apt=102
a=rtpmap:108 H264/90000
a=rtcp-fb:108 goog-remb
a=rtcp-fb:108 transport-cc
a=rtcp-fb:108 ccm fir
a=rtcp-fb:108 nack
a=rtcp-fb:108 nack pli
a=fmtp:108 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f
a=rtpmap:109 rtx/90000
a=fmtp:109 apt=108
a=rtpmap:45 AV1/90000
a=fmtp:45 level-idx=5;profile=0;tier=0
a=rtpmap:46 rtx/90000
a=fmtp:46 apt=45
a=rtpmap:118 red/90000
a=rtpmap:119 rtx/90000
a=fmtp:119 apt=118
a=rtpmap:120 ulpfec/90000
a=ssrc-group:FID 2491044180 3671132912
a=ssrc:2491044180 cname:EivqUoN9bZCl0dkG
a=ssrc:2491044180 msid:78a019e3-579d-4029-9f29-a22199defc3f 5c48a04c-3ca6-46e5-9c52-a345789e6516
a=ssrc:3671132912 cname:EivqUoN9bZCl0dkG
a=ssrc:3671132912 msid:78a019e3-579d-4029-9f29-a22199defc3f 5c48a04c-3ca6-46e5-9c52-a345789e6516
m=application 9 UDP/DTLS/SCTP webrtc-datachannel
${CHROMIUM_TRANSPORT}
a=mid:2
a=sctp-port:5000
a=max-message-size:262144
`);

/** Written by hand in the shape that Firefox gives an offer with `max-bundle`; not captured. */
export const FIREFOX_OFFER = toSdp(`v=0
o=mozilla...THIS_IS_SDPARTA-140.0 1234567890123456789 0 IN IP4 0.0.0.0
s=-
t=0 0
a=sendrecv
a=fingerprint:sha-256 10:11:12:13:14:15:16:17:18:19:1A:1B:1C:1D:1E:1F:20:21:22:23:24:25:26:27:28:29:2A:2B:2C:2D:2E:2F
a=group:BUNDLE 0 1 2
a=ice-options:trickle
a=msid-semantic:WMS *
m=audio 9 UDP/TLS/RTP/SAVPF 109 9 101
c=IN IP4 0.0.0.0
a=sendrecv
a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
a=extmap:2/recvonly urn:ietf:params:rtp-hdrext:csrc-audio-level
a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid
a=fmtp:109 maxplaybackrate=48000;stereo=1;useinbandfec=1
a=fmtp:101 0-15
a=ice-pwd:00112233445566778899aabbccddeeff
a=ice-ufrag:0a1b2c3d
a=mid:0
a=msid:{11111111-1111-4111-8111-111111111111} {22222222-2222-4222-8222-222222222222}
a=rtcp-mux
a=rtpmap:109 opus/48000/2
a=rtpmap:9 G722/8000/1
a=rtpmap:101 telephone-event/8000
a=setup:actpass
a=ssrc:1000000001 cname:{33333333-3333-4333-8333-333333333333}
m=video 0 UDP/TLS/RTP/SAVPF 120 124 126 127 97 98
c=IN IP4 0.0.0.0
a=bundle-only
a=sendrecv
a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid
a=extmap:4 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
a=extmap:7 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
a=fmtp:126 profile-level-id=42e01f;level-asymmetry-allowed=1;packetization-mode=1
a=fmtp:97 profile-level-id=42e01f;level-asymmetry-allowed=1
a=fmtp:120 max-fs=12288;max-fr=60
a=fmtp:124 apt=120
a=fmtp:127 apt=126
a=fmtp:98 apt=97
a=ice-pwd:00112233445566778899aabbccddeeff
a=ice-ufrag:0a1b2c3d
a=mid:1
a=msid:- {44444444-4444-4444-8444-444444444444}
a=rtcp-fb:120 nack
a=rtcp-fb:120 nack pli
a=rtcp-fb:120 ccm fir
a=rtcp-fb:120 goog-remb
a=rtcp-fb:120 transport-cc
a=rtcp-fb:126 nack
a=rtcp-mux
a=rtcp-rsize
a=rtpmap:120 VP8/90000
a=rtpmap:124 rtx/90000
a=rtpmap:126 H264/90000
a=rtpmap:127 rtx/90000
a=rtpmap:97 H264/90000
a=rtpmap:98 rtx/90000
a=setup:actpass
a=ssrc:1000000002 cname:{33333333-3333-4333-8333-333333333333}
a=ssrc:1000000003 cname:{33333333-3333-4333-8333-333333333333}
a=ssrc-group:FID 1000000002 1000000003
m=application 0 UDP/DTLS/SCTP webrtc-datachannel
c=IN IP4 0.0.0.0
a=bundle-only
a=sendrecv
a=ice-pwd:00112233445566778899aabbccddeeff
a=ice-ufrag:0a1b2c3d
a=mid:2
a=setup:actpass
a=sctp-port:5000
a=max-message-size:1073741823
`);

function toSdp(text: string): string {
  return text.replaceAll("\n", "\r\n");
}
