import { Model } from "./model";
import { type Place, ROOM } from "./chat";

export interface PlacesView {
  /** Which chat is open. */
  readonly place: Place;
  /** On a screen with room for one pane: whether the chat is in front of the people list. */
  readonly chatInFront: boolean;
}

/** Where in the app one is. */
export class Places extends Model<PlacesView> {
  constructor() {
    super({ place: ROOM, chatInFront: false });
  }

  open(place: Place): void {
    this.show({ place, chatInFront: true });
  }

  /** From a thread to the room where both were in sight, and to the people list. */
  back(): void {
    this.show({ place: ROOM, chatInFront: false });
  }
}
