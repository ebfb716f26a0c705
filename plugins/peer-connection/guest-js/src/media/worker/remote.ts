/**
 * An object behind a port: its methods are called by messages, and nothing comes back. What can be
 * given away whole (pictures, tracks, buffers) is. `close` is the last call, and closes the
 * port too.
 */

/** What is used of a MessagePort. */
export interface Port {
  postMessage(message: unknown, transfer: Transferable[]): void;
  onmessage: ((event: Pick<MessageEvent, "data">) => void) | null;
  close(): void;
}

type Call = readonly [name: string, args: readonly unknown[]];

/** The far end's object; each method only sends. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- only the caller knows what is behind a port
export function remote<T extends object>(port: Pick<Port, "postMessage">): T {
  const get = (_: T, name: string) => {
    // Else a promise that gives the object would take it for another promise.
    if (name === "then") {
      return undefined;
    }
    return (...args: readonly unknown[]): void => {
      port.postMessage([name, args] satisfies Call, args.filter(isGivenAway));
    };
  };
  return new Proxy({} as T, { get });
}

/** Lets the far end call the methods of an object. */
export function expose(port: Port, object: object): void {
  const methods = object as Record<string, (...args: readonly unknown[]) => void>;
  port.onmessage = ({ data }) => {
    const [name, args] = data as Call;
    methods[name]?.(...args);
    if (name === "close") {
      // Some would still hand over what came after it.
      port.onmessage = null;
      port.close();
    }
  };
}

function isGivenAway(value: unknown): value is Transferable {
  return (
    value instanceof ArrayBuffer ||
    (typeof VideoFrame !== "undefined" && value instanceof VideoFrame) ||
    // Not every worker knows of tracks.
    (typeof MediaStreamTrack !== "undefined" && value instanceof MediaStreamTrack)
  );
}
