/** Whether the browser can notify and has not been told yet whether it may. */
export function mayAsk(): boolean {
  return "Notification" in window && Notification.permission === "default";
}

/** Asks for the permission to notify. To be called on a click only. */
export async function ask(): Promise<void> {
  await Notification.requestPermission();
}

/** Shows a notification where that is allowed; returns how to take it away. */
export function notify(title: string, body: string): () => void {
  if (!("Notification" in window) || Notification.permission !== "granted") {
    return () => undefined;
  }
  const notification = open(title, body);
  if (notification !== null) {
    notification.onclick = () => {
      window.focus();
    };
  }
  return () => notification?.close();
}

function open(title: string, body: string): Notification | null {
  try {
    return new Notification(title, { body, tag: "ringdove-call", requireInteraction: true });
  } catch {
    // Chromium on Android has the constructor, but throws: there only service workers may notify.
    return null;
  }
}
