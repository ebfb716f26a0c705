/** Runs the tasks that code video: in a worker, or in the page where there can be none. */
import {
  HOST,
  type HostCalls,
  type HostOwner,
  type ReceiverOwner,
  type SenderOwner,
} from "./calls";
import type { Ports } from "./ports";
import { ReceiverTask } from "./receiverTask";
import { expose, remote } from "./remote";
import { SenderTask } from "./senderTask";
import { abilities, type MadeTrack, makeTrack } from "./tracks";

export class Host implements HostCalls {
  readonly #ports: Ports;
  readonly #owner: HostOwner;
  /** Those that no receiver has taken yet, by number. */
  readonly #tracks = new Map<number, MadeTrack>();
  #made = 0;

  constructor(ports: Ports) {
    this.#ports = ports;
    const port = ports.open(HOST);
    expose(port, this);
    this.#owner = remote<HostOwner>(port);
    this.#owner.able(abilities());
  }

  startSender(number: number, timeOrigin: number): void {
    const port = this.#ports.open(number);
    expose(port, new SenderTask(remote<SenderOwner>(port), timeOrigin));
  }

  startReceiver(number: number, track: number): void {
    const port = this.#ports.open(number);
    const owner = remote<ReceiverOwner>(port);
    const made = this.#tracks.get(track);
    this.#tracks.delete(track);
    const show = (picture: VideoFrame): void => {
      if (made) {
        made.write(picture);
      } else {
        owner.picture(picture);
      }
    };
    expose(port, new ReceiverTask(owner, show));
  }

  makeTrack(): void {
    const made = makeTrack();
    if (made) {
      this.#made += 1;
      this.#tracks.set(this.#made, made);
      this.#owner.trackMade(this.#made, made.track);
    }
  }
}
