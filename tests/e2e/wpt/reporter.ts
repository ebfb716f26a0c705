/** What of `testharness.js` is used. */
interface Harness {
  readonly setup: (properties: object) => void;
  readonly add_completion_callback: (
    callback: (tests: HarnessTest[], status: HarnessStatus) => void,
  ) => void;
}

interface HarnessTest {
  readonly name: string;
  readonly status: number;
  readonly message: string | null;
}

interface HarnessStatus {
  readonly status: number;
  readonly message: string | null;
}

/** Runs in each page in place of `testharnessreport.js`: tells the results and goes on. */
export function reporter(): void {
  if (window !== window.top) return;
  const { setup, add_completion_callback: whenDone } = globalThis as unknown as Harness;
  const statuses = ["PASS", "FAIL", "TIMEOUT", "NOTRUN", "PRECONDITION_FAILED"];
  // The machine has other work too, and ten seconds are few; the minute of long ones is enough.
  const isLong = document.querySelector("meta[name=timeout][content=long]") !== null;
  setup({ output: false, timeout_multiplier: isLong ? 1 : 2 });
  whenDone((tests, harness) => {
    const report = {
      file: location.pathname + location.search,
      status: ["OK", "ERROR", "TIMEOUT", "PRECONDITION_FAILED"][harness.status],
      message: harness.message,
      subtests: tests.map(({ name, status, message }) => ({
        name,
        status: statuses[status],
        message,
      })),
    };
    void fetch("/-/report", { method: "POST", body: JSON.stringify(report) })
      .then((response) => response.json())
      .then((next: string) => {
        location.replace(next);
      });
  });
}
