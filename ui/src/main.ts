import { mount } from "svelte";
import App from "./App.svelte";
import { openHost } from "./host/pick";

const target = document.querySelector("#app");
if (target === null) {
  throw new Error("the page has no #app");
}
const host = await openHost();
mount(App, { target, props: { host } });
