import { mount } from "svelte";
import App from "../App.svelte";
import { FakeHost } from "../host/fake";
import { Call } from "../model/call";
import { Ringdove } from "../model/ringdove";
import Prompt from "../Prompt.svelte";
import "../style/all.css";
import { choose, isLanguage } from "../text/current.svelte";
import { FakeMedia } from "./fakeMedia";
import { type Scene, SCENES } from "./scenes";

/** Shows one scene: `gallery.html?scene=home&lang=de`; without a scene, the list of them. */
const query = new URLSearchParams(window.location.search);
const language = query.get("lang");
if (isLanguage(language)) {
  choose(language);
}
const scene = SCENES[query.get("scene") ?? ""];
const target = document.querySelector("#app");
if (target !== null) {
  if (scene === undefined) {
    list(target);
  } else {
    await show(scene, target);
  }
}

async function show(scene: Scene, target: Element): Promise<void> {
  const host = new FakeHost(scene.start);
  if (scene.prompt === true) {
    const call = new Call(host, false);
    call.apply(await host.snapshot());
    mount(Prompt, { target, props: { call } });
    return;
  }
  const media = new FakeMedia(scene.supported ?? true);
  const ringdove = new Ringdove(host, () => media);
  await ringdove.start();
  media.show(scene.media?.() ?? {});
  if (scene.thread !== undefined) {
    ringdove.places.open({ kind: "person", name: scene.thread });
  }
  mount(App, { target, props: { ringdove } });
  for (const line of scene.later ?? []) {
    host.emit({ kind: "line", line });
  }
}

function list(target: Element): void {
  for (const name of Object.keys(SCENES)) {
    const link = document.createElement("a");
    link.href = `?scene=${name}`;
    link.textContent = name;
    target.append(link, document.createElement("br"));
  }
}
