import { mount } from "svelte";
import App from "./App.svelte";
import { openHost } from "./host/pick";
import { createMediaEngine } from "./media/session";
import { Ringdove } from "./model/ringdove";
import { toneOf } from "./model/ringing";
import { Attention } from "./page/attention";
import { start } from "./page/start";
import { TonePlayer } from "./sound/player";
import "./style/all.css";
import { followOtherWindows } from "./text/current.svelte";

await start(async (target) => {
  const ringdove = new Ringdove(await openHost(), createMediaEngine);
  await ringdove.start();
  followOtherWindows();

  const tones = new TonePlayer();
  const attention = new Attention(ringdove.hostKind !== "app");
  ringdove.call.subscribe((screen) => {
    // Where sound is missing nobody would hear it, and to play one can end the page's process.
    if (ringdove.missingMedia?.lost.includes("sound") !== true) {
      tones.play(toneOf(screen?.call ?? null));
    }
    attention.apply(screen);
  });

  mount(App, { target, props: { ringdove } });
});
