import { expect, test } from "vitest";
import { Ports } from "./ports";

const LAST = 9;

/** Resolves when what one side has posted before has come to the other: a trunk keeps the order. */
function settled(from: Ports, to: Ports): Promise<void> {
  return new Promise((resolve) => {
    to.open(LAST).onmessage = () => {
      resolve();
    };
    from.open(LAST).postMessage("everything", []);
  });
}

test("each message comes to the port of its number, and what was posted early too", async () => {
  const { port1, port2 } = new MessageChannel();
  const near = new Ports();
  const far = new Ports(port2);
  const heard: string[] = [];
  for (const number of [1, 2]) {
    far.open(number).onmessage = ({ data }) => heard.push(`${number} ${String(data)}`);
  }
  const [one, two, unknown] = [near.open(1), near.open(2), near.open(3)];
  one.postMessage("early", []);
  near.connect(port1);
  two.postMessage("a", []);
  unknown.postMessage("b", []);
  one.postMessage("c", []);
  await settled(near, far);
  port1.close();
  expect(heard).toEqual(["1 early", "2 a", "1 c"]);
});

test("a port that one end closes is closed at the other, after what was on its way", async () => {
  const { port1, port2 } = new MessageChannel();
  const near = new Ports(port1);
  const far = new Ports(port2);
  const heard: unknown[] = [];
  const [mine, theirs] = [near.open(1), far.open(1)];
  mine.onmessage = ({ data }) => heard.push(data);
  theirs.postMessage("last", []);
  theirs.close();
  theirs.postMessage("late", []);
  await settled(far, near);
  mine.close();
  port1.close();
  expect(heard).toEqual(["last"]);
});
