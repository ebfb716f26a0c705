import { expect, test } from "vitest";
import { Ports } from "./ports";
import { expose, type Port, remote } from "./remote";

interface Calls {
  add(text: string, bytes: ArrayBuffer): void;
  close(): void;
}

/** Both ends of a port, and what closes the trunk. */
function ends(): readonly [Port, Port, () => void] {
  const { port1, port2 } = new MessageChannel();
  const close = (): void => {
    port1.close();
  };
  return [new Ports(port1).open(1), new Ports(port2).open(1), close];
}

test("calls arrive in order, buffers go over whole, and the last call closes", async () => {
  const [port1, port2, end] = ends();
  const heard: string[] = [];
  const closed = new Promise<void>((resolve) => {
    expose(port2, {
      add: (text: string, bytes: ArrayBuffer) => heard.push(`${text} ${bytes.byteLength}`),
      close: resolve,
    });
  });
  const far = remote<Calls>(port1);
  const bytes = new ArrayBuffer(3);
  far.add("one", bytes);
  expect(bytes.byteLength).toBe(0);
  far.add("two", new ArrayBuffer(5));
  far.close();
  far.add("three", new ArrayBuffer(7));
  await closed;
  await new Promise((resolve) => setTimeout(resolve, 20));
  end();
  expect(heard).toEqual(["one 3", "two 5"]);
});

test("what the object does not know is passed over", async () => {
  const [port1, port2, end] = ends();
  const closed = new Promise<void>((resolve) => {
    expose(port2, { close: resolve });
  });
  const far = remote<Calls>(port1);
  far.add("one", new ArrayBuffer(1));
  far.close();
  await closed;
  end();
});

test("a promise can give it", async () => {
  const [port1, , end] = ends();
  const far = await Promise.resolve(remote<Calls>(port1));
  expect(typeof far.close).toBe("function");
  end();
});
