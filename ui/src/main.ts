import { mount } from "svelte";
import App from "./App.svelte";
import { openHost } from "./host/pick";
import { createMediaEngine } from "./media/session";
import { Ringdove } from "./model/ringdove";
import { toneOf } from "./model/ringing";
import { Attention } from "./page/attention";
import { TonePlayer } from "./sound/player";
import "./style/all.css";
import { followOtherWindows } from "./text/current.svelte";

const target = document.querySelector("#app");
if (target === null) {
  throw new Error("the page has no #app");
}

const ringdove = new Ringdove(await openHost(), createMediaEngine);
await ringdove.start();
followOtherWindows();

const tones = new TonePlayer();
const attention = new Attention(ringdove.hostKind !== "app");
ringdove.call.subscribe((screen) => {
  tones.play(toneOf(screen?.call ?? null));
  attention.apply(screen);
});

mount(App, { target, props: { ringdove } });
