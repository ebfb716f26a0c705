/**
 * Marks, in the User Timing API, when the states of a connection changed: `media:ice:checking`.
 * Those of the call before are cleared, so that they do not pile up.
 */
export function markStates(connection: RTCPeerConnection, abort: AbortSignal): void {
  for (const name of marked) performance.clearMarks(name);
  marked.clear();
  const states = [
    ["signalingstatechange", () => `signaling:${connection.signalingState}`],
    ["icegatheringstatechange", () => `gathering:${connection.iceGatheringState}`],
    ["iceconnectionstatechange", () => `ice:${connection.iceConnectionState}`],
    ["connectionstatechange", () => `connection:${connection.connectionState}`],
  ] as const;
  for (const [event, state] of states) {
    const onChange = (): void => {
      const name = `media:${state()}`;
      marked.add(name);
      performance.mark(name);
    };
    connection.addEventListener(event, onChange, { signal: abort });
  }
}

const marked = new Set<string>();
