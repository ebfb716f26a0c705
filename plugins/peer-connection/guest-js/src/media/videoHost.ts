/** The page's side of the tasks that code video, and the tracks that a worker has made in advance. */
import type {
  Abilities,
  HostCalls,
  HostOwner,
  ReceiverCalls,
  ReceiverOwner,
  SenderCalls,
  SenderOwner,
} from "./worker/calls";
import { Host } from "./worker/host";
import VideoWorker from "./worker/index?worker&inline";
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
  readonly #calls: Promise<HostCalls>;
  readonly #tracks: MadeTrack[] = [];

  constructor() {
    let able: (abilities: Abilities) => void = () => undefined;
    this.abilities = new Promise((resolve) => {
      able = resolve;
    });
    this.#calls = startHost({
      able,
      trackMade: (number, track) => {
        this.#tracks.push({ number, track });
      },
    });
    void this.abilities.then(({ makes }) => {
      for (let count = 0; makes && count < TRACKS_IN_ADVANCE; count++) {
        this.#order();
      }
    });
  }

  startSender(owner: SenderOwner): SenderCalls {
    const { port1, port2 } = new MessageChannel();
    expose(port1, owner);
    void this.#calls.then((calls) => {
      calls.startSender(port2, performance.timeOrigin);
    });
    return remote<SenderCalls>(port1);
  }

  startReceiver(owner: ReceiverOwner, made: MadeTrack | undefined): ReceiverCalls {
    const { port1, port2 } = new MessageChannel();
    expose(port1, owner);
    void this.#calls.then((calls) => {
      calls.startReceiver(port2, made?.number ?? 0);
    });
    return remote<ReceiverCalls>(port1);
  }

  /** `undefined` where the webview makes none, or not yet. */
  takeTrack(): MadeTrack | undefined {
    const made = this.#tracks.shift();
    if (made) {
      this.#order();
    }
    return made;
  }

  #order(): void {
    void this.#calls.then((calls) => {
      calls.makeTrack();
    });
  }
}

/** In a worker; in the page where a content security policy without `worker-src blob:` forbids one. */
async function startHost(owner: HostOwner): Promise<HostCalls> {
  const worker = await startWorker(owner);
  return worker ? remote<HostCalls>(worker) : new Host(owner);
}

function startWorker(owner: HostOwner): Promise<Worker | undefined> {
  return new Promise((resolve) => {
    try {
      const worker = new VideoWorker();
      const giveUp = (): void => {
        worker.terminate();
        resolve(undefined);
      };
      const limit = setTimeout(giveUp, START_LIMIT);
      worker.onerror = giveUp;
      expose(worker, {
        ...owner,
        able: (abilities: Abilities) => {
          clearTimeout(limit);
          worker.onerror = null;
          resolve(worker);
          owner.able(abilities);
        },
      });
    } catch {
      resolve(undefined);
    }
  });
}

let host: VideoHost | undefined;

/** One for all connections of the page. */
export function videoHost(): VideoHost {
  return (host ??= new VideoHost());
}
