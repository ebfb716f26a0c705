/** The page's side of the tasks that code video, and the tracks that a worker has made in advance. */
import {
  type Abilities,
  HOST,
  type HostCalls,
  type HostOwner,
  type ReceiverCalls,
  type ReceiverOwner,
  type SenderCalls,
  type SenderOwner,
} from "./worker/calls";
import { Host } from "./worker/host";
import VideoWorker from "./worker/index?worker&inline";
import { Ports } from "./worker/ports";
import { expose, remote } from "./worker/remote";

/** A track that shows what the receiver of its number decodes. */
export interface MadeTrack {
  readonly number: number;
  readonly track: MediaStreamTrack;
}

/** A track has to be there at once when a receiver is made, and cannot be made at once. */
const TRACKS_IN_ADVANCE = 2;
/** A worker that says nothing for so long is done without; milliseconds. */
const START_LIMIT = 5000;

export class VideoHost {
  readonly abilities: Promise<Abilities>;
  readonly #ports = new Ports();
  readonly #calls: HostCalls;
  #last = HOST;
  readonly #tracks: MadeTrack[] = [];

  constructor() {
    const port = this.#ports.open(HOST);
    this.#calls = remote<HostCalls>(port);
    this.abilities = new Promise((able) => {
      const owner: HostOwner = {
        able,
        trackMade: (number, track) => {
          this.#tracks.push({ number, track });
        },
      };
      expose(port, owner);
    });
    connectHost(this.#ports);
    void this.abilities.then(({ makes }) => {
      for (let count = 0; makes && count < TRACKS_IN_ADVANCE; count++) {
        this.#calls.makeTrack();
      }
    });
  }

  startSender(owner: SenderOwner): SenderCalls {
    this.#last += 1;
    const port = this.#ports.open(this.#last);
    expose(port, owner);
    this.#calls.startSender(this.#last, performance.timeOrigin);
    return remote<SenderCalls>(port);
  }

  startReceiver(owner: ReceiverOwner, made: MadeTrack | undefined): ReceiverCalls {
    this.#last += 1;
    const port = this.#ports.open(this.#last);
    expose(port, owner);
    this.#calls.startReceiver(this.#last, made?.number ?? 0);
    return remote<ReceiverCalls>(port);
  }

  /** `undefined` where the webview makes none, or not yet. */
  takeTrack(): MadeTrack | undefined {
    const made = this.#tracks.shift();
    if (made) {
      this.#calls.makeTrack();
    }
    return made;
  }
}

/** To a worker; within the page where a content security policy without `worker-src blob:` forbids one. */
function connectHost(ports: Ports): void {
  try {
    const worker = new VideoWorker();
    const giveUp = (): void => {
      worker.terminate();
      connectWithinPage(ports);
    };
    const limit = setTimeout(giveUp, START_LIMIT);
    worker.onerror = () => {
      clearTimeout(limit);
      giveUp();
    };
    // It runs.
    worker.onmessage = (event) => {
      clearTimeout(limit);
      worker.onerror = null;
      ports.connect(worker);
      ports.hear(event);
    };
  } catch {
    connectWithinPage(ports);
  }
}

function connectWithinPage(ports: Ports): void {
  const { port1, port2 } = new MessageChannel();
  ports.connect(port1);
  new Host(new Ports(port2));
}

let host: VideoHost | undefined;

/** One for all connections of the page. */
export function videoHost(): VideoHost {
  return (host ??= new VideoHost());
}
