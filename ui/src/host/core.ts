import type { HostConfig, HostInput, HostReply } from "../generated/web";

/** What `crates/web` exports; see `abi.rs` there. */
interface CoreExports {
  readonly memory: WebAssembly.Memory;
  readonly alloc: (length: number) => number;
  readonly input: (pointer: number, length: number, nowMs: number) => void;
  readonly reply: () => number;
  readonly reply_len: () => number;
  readonly start: (pointer: number, length: number, nowMs: number) => void;
}

/** The client core, compiled to WebAssembly. Does nothing by itself: the host drives it. */
export class Core {
  readonly #exports: CoreExports;
  #broken: string | null = null;

  /** Takes the compiled core as a response of the server. */
  static async fetch(url: string): Promise<Core> {
    try {
      return await Core.#instantiate((imports) =>
        WebAssembly.instantiateStreaming(fetch(url), imports),
      );
    } catch (error) {
      // Some proxies drop the media type that streaming insists on.
      console.info("the core is compiled without streaming", error);
      const response = await fetch(url);
      if (!response.ok) {
        throw new Error(`${url}: ${response.status}`, { cause: error });
      }
      return Core.compile(await response.arrayBuffer());
    }
  }

  /** Takes the compiled core as bytes. */
  static compile(bytes: BufferSource): Promise<Core> {
    return Core.#instantiate((imports) => WebAssembly.instantiate(bytes, imports));
  }

  private constructor(exports: CoreExports) {
    this.#exports = exports;
  }

  /** Whether the core has panicked; it stays so. */
  get broken(): boolean {
    return this.#broken !== null;
  }

  start(config: HostConfig, nowMs: number): HostReply {
    return this.#call("start", config, nowMs);
  }

  input(input: HostInput, nowMs: number): HostReply {
    return this.#call("input", input, nowMs);
  }

  static async #instantiate(
    instantiate: (
      imports: WebAssembly.Imports,
    ) => Promise<WebAssembly.WebAssemblyInstantiatedSource>,
  ): Promise<Core> {
    let exports: CoreExports | null = null;
    const random = (pointer: number, length: number): void => {
      if (exports !== null) {
        crypto.getRandomValues(new Uint8Array(exports.memory.buffer, pointer, length));
      }
    };
    const { instance } = await instantiate({ env: { random } });
    exports = instance.exports as unknown as CoreExports;
    return new Core(exports);
  }

  #call(entry: "input" | "start", argument: HostConfig | HostInput, nowMs: number): HostReply {
    if (this.#broken !== null) {
      return { outputs: [], wakeAtMs: null, fault: this.#broken };
    }
    try {
      const bytes = new TextEncoder().encode(JSON.stringify(argument));
      const pointer = this.#exports.alloc(bytes.length);
      new Uint8Array(this.#exports.memory.buffer, pointer, bytes.length).set(bytes);
      this.#exports[entry](pointer, bytes.length, nowMs);
      return this.#reply();
    } catch (error) {
      // A trap: a panic has left its words as the reply, anything else has not.
      this.#broken = this.#reply().fault ?? String(error);
      return { outputs: [], wakeAtMs: null, fault: this.#broken };
    }
  }

  #reply(): HostReply {
    const { memory, reply, reply_len } = this.#exports;
    const bytes = new Uint8Array(memory.buffer, reply(), reply_len());
    return JSON.parse(new TextDecoder().decode(bytes)) as HostReply;
  }
}
