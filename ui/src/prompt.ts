import { mount } from "svelte";
import { openHost } from "./host/pick";
import { Call } from "./model/call";
import { start } from "./page/start";
import Prompt from "./Prompt.svelte";
import "./style/all.css";
import { followOtherWindows } from "./text/current.svelte";

await start(async (target) => {
  const host = await openHost();
  const call = new Call(host, false);
  const heard = { call: false };
  host.subscribe((event) => {
    if (event.kind === "call") {
      heard.call = true;
      call.apply(event);
    }
  });
  followOtherWindows();
  mount(Prompt, { target, props: { call } });

  // An event is never older than what was before this window listened.
  const snapshot = await host.snapshot();
  if (!heard.call) {
    call.apply(snapshot);
  }
});
