import { words } from "../text/current.svelte";

/** Fills the page; what goes wrong on the way is said there instead of an empty page. */
export async function start(fill: (target: Element) => Promise<void>): Promise<void> {
  const target = document.querySelector("#app");
  if (target === null) {
    throw new Error("the page has no #app");
  }
  try {
    await fill(target);
  } catch (error) {
    const text = document.createElement("p");
    text.className = "failed";
    text.role = "alert";
    text.textContent = words().app.failed;
    target.replaceChildren(text);
    throw error;
  }
}
