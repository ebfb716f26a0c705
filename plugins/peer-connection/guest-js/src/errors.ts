/** The errors of W3C WebRTC; they are `DOMException`s, told apart by name. */

export function invalidState(message: string): DOMException {
  return new DOMException(message, "InvalidStateError");
}

export function invalidAccess(message: string): DOMException {
  return new DOMException(message, "InvalidAccessError");
}

export function invalidModification(message: string): DOMException {
  return new DOMException(message, "InvalidModificationError");
}

export function notSupported(message: string): DOMException {
  return new DOMException(message, "NotSupportedError");
}

export function operation(message: string): DOMException {
  return new DOMException(message, "OperationError");
}

export function syntax(message: string): DOMException {
  return new DOMException(message, "SyntaxError");
}

export function closed(): DOMException {
  return invalidState("The connection is closed.");
}

/** W3C WebRTC, section 11. */
export class RtcError extends DOMException {
  readonly errorDetail: RTCErrorDetailType;
  readonly sctpCauseCode: number | null;
  readonly sdpLineNumber: number | null;

  constructor(init: RTCErrorInit, message = "") {
    super(message, "OperationError");
    this.errorDetail = init.errorDetail;
    this.sctpCauseCode = init.sctpCauseCode ?? null;
    this.sdpLineNumber = init.sdpLineNumber ?? null;
  }
}

export function sdpError(message: string): RtcError {
  return new RtcError({ errorDetail: "sdp-syntax-error" }, message);
}
