import type { EngineEvent } from "./bridge";
import type { DtlsTransport } from "./transports";

type IceEvent = Extract<EngineEvent, { event: "ice" }>;
type DtlsEvent = Extract<EngineEvent, { event: "dtls" }>;

/**
 * The states of a connection with one transport (W3C WebRTC, sections 4.3.2 and 4.3.3): each change
 * is made, and only then told, the transport's first and the connection's last.
 */
export class ConnectionStates {
  iceConnection: RTCIceConnectionState = "new";
  connection: RTCPeerConnectionState = "new";
  readonly #transport: DtlsTransport;
  readonly #fire: (event: Event) => void;
  readonly #isClosed: () => boolean;
  #isChecking = false;
  #hasCandidates = false;

  constructor(transport: DtlsTransport, fire: (event: Event) => void, isClosed: () => boolean) {
    this.#transport = transport;
    this.#fire = fire;
    this.#isClosed = isClosed;
  }

  /** Checks need a candidate of the other end (W3C WebRTC, section 5.6.4). */
  hasRemoteCandidates(): void {
    const isHeld = this.#isChecking && !this.#hasCandidates;
    this.#hasCandidates = true;
    if (isHeld && this.iceConnection === "new") this.ice("checking");
  }

  ice(state: IceEvent["state"]): void {
    const { iceTransport } = this.#transport;
    this.#isChecking = state === "checking";
    if (iceTransport.state === state) return;
    // Checks of the other end may be all that it takes.
    if (iceTransport.state === "new" && state === "connected") {
      this.#hasCandidates = true;
      this.ice("checking");
    }
    if (state === "checking") {
      if (!this.#hasCandidates) return;
      // A restart goes on with the pair that it has until there is another.
      if (iceTransport.state === "connected") return;
    }
    iceTransport.state = state;
    const iceChanged = this.iceConnection !== state;
    this.iceConnection = state;
    const connectionChanged = this.#update();
    this.#tell(iceTransport, "statechange");
    if (iceChanged) this.#fire(new Event("iceconnectionstatechange"));
    if (connectionChanged) this.#fire(new Event("connectionstatechange"));
  }

  dtls(state: DtlsEvent["state"]): void {
    const transport = this.#transport;
    if (transport.state === state || transport.state === "closed") return;
    transport.state = state;
    const connectionChanged = this.#update();
    this.#tell(transport, "statechange");
    if (connectionChanged) this.#fire(new Event("connectionstatechange"));
  }

  /** The connection was closed: nothing is told. */
  close(): void {
    this.iceConnection = "closed";
    this.connection = "closed";
    this.#transport.state = "closed";
    this.#transport.iceTransport.state = "closed";
  }

  #update(): boolean {
    const next = connectionState(this.#transport.iceTransport.state, this.#transport.state);
    const changed = next !== this.connection;
    this.connection = next;
    return changed;
  }

  #tell(target: EventTarget, name: string): void {
    if (!this.#isClosed()) target.dispatchEvent(new Event(name));
  }
}

/** Section 4.3.3, in the order of its table. */
export function connectionState(
  ice: RTCIceTransportState,
  dtls: RTCDtlsTransportState,
): RTCPeerConnectionState {
  if (ice === "failed" || dtls === "failed") return "failed";
  if (ice === "disconnected") return "disconnected";
  if ((ice === "new" || ice === "closed") && (dtls === "new" || dtls === "closed")) return "new";
  const iceDone = ice === "connected" || ice === "completed" || ice === "closed";
  const dtlsDone = dtls === "connected" || dtls === "closed";
  return iceDone && dtlsDone ? "connected" : "connecting";
}
