/** Queues a task of the event loop, in order; a hidden page slows down timers but no messages. */
export function queueTask(task: () => void): void {
  waiting.push(task);
  channel.port2.postMessage(null);
}

/** Done in a later task. */
export function nextTask(): Promise<void> {
  return new Promise(queueTask);
}

const waiting: (() => void)[] = [];
const channel = new MessageChannel();
channel.port1.onmessage = () => {
  waiting.shift()?.();
};
