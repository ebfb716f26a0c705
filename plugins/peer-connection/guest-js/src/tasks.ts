/**
 * Queues a task of the event loop, in order. A message alone could come after timers that the page
 * has started later; a hidden page slows down timers, but no messages.
 */
export function queueTask(task: () => void): void {
  waiting.push(task);
  channel.port2.postMessage(null);
  setTimeout(runNext);
}

/** Done in a later task. */
export function nextTask(): Promise<void> {
  return new Promise(queueTask);
}

const waiting: (() => void)[] = [];
const channel = new MessageChannel();
channel.port1.onmessage = runNext;

function runNext(): void {
  waiting.shift()?.();
}
