import type { OwnDevices as OwnDevicesView } from "../generated/app";
import type { Host } from "../host/host";
import { Model } from "./model";

/** What this device is to its account, and the devices that it vouches for. */
export class OwnDevices extends Model<OwnDevicesView> {
  readonly #host: Host;

  constructor(host: Host) {
    super({ code: "", linked: false, signed: null });
    this.#host = host;
  }

  apply(devices: OwnDevicesView): void {
    this.show(devices);
  }

  /** The device with this code is one's own. */
  add(code: string): void {
    this.#host.dispatch({ kind: "signDevice", code });
  }

  /** This device stands for itself again. */
  separate(): void {
    this.#host.dispatch({ kind: "dropLink" });
  }
}
