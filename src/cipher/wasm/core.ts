// The one instance of the WASM core in a realm: its exports, its memory, and which of its slots are taken. Nothing here
// leaves the cipher room: users see neither the memory nor the exports.
import { TooManyOpen, WasmBlocked } from '../errors.ts';

/** What assembly/index.ts exports; the comments are there. */
export interface CoreExports {
  readonly memory: WebAssembly.Memory;
  layout(index: number): number;
  openKey(slot: number, keyBytes: number): void;
  closeKey(slot: number): void;
  seal(slot: number, aadBytes: number, bytes: number): void;
  open(slot: number, aadBytes: number, bytes: number, tagBytes: number): number;
  sealMany(slot: number, count: number, tagBytes: number): void;
  openMany(slot: number, count: number, tagBytes: number): number;
  openStream(slot: number, keySlot: number): void;
  streamIv12(slot: number): void;
  streamIv(slot: number, bytes: number): void;
  streamIvEnd(slot: number): void;
  streamAad(slot: number, bytes: number): void;
  streamUpdate(slot: number, mode: number, bytes: number): void;
  streamRewind(slot: number): void;
  streamTag(slot: number): void;
  streamCheck(slot: number, tagBytes: number): number;
  closeStream(slot: number): void;
  ctr(slot: number, skip: number, bytes: number): void;
  multiply(): void;
  wipeRecord(aadBytes: number, bytes: number): void;
  wipeWindow(bytes: number): void;
  wipeAll(): void;
}

/** Addresses and counts, in the order of `layout` in assembly/index.ts. */
export interface Layout {
  readonly window: number;
  readonly windowBytes: number;
  readonly iv: number;
  readonly tag: number;
  readonly operands: number;
  readonly manyLengths: number;
  readonly manyIvs: number;
  readonly manyMax: number;
  readonly keySlots: number;
  readonly streamSlots: number;
  readonly keys: number;
  readonly keyBytes: number;
  readonly data: number;
  readonly streams: number;
  readonly streamBytes: number;
}

const layoutNames: readonly (keyof Layout)[] = [
  ...(['window', 'windowBytes', 'iv', 'tag', 'operands', 'manyLengths', 'manyIvs', 'manyMax', 'keySlots'] as const),
  ...(['streamSlots', 'keys', 'keyBytes', 'data', 'streams', 'streamBytes'] as const),
];

/** Numbers of free slots, the lowest first. */
class Slots {
  readonly #free: number[];
  readonly #what: string;
  readonly #limit: number;
  constructor(what: string, limit: number) {
    this.#what = what;
    this.#limit = limit;
    this.#free = Array.from({ length: limit }, (_, i) => limit - 1 - i);
  }
  get isEmpty(): boolean {
    return this.#free.length === 0;
  }
  take(): number {
    const slot = this.#free.pop();
    if (slot === undefined) throw new TooManyOpen(this.#what, this.#limit);
    return slot;
  }
  giveBack(slot: number): void {
    this.#free.push(slot);
  }
}

export class Core {
  readonly exports: CoreExports;
  readonly layout: Layout;
  /** All of the memory. It never grows, so this view is never detached. */
  readonly heap: Uint8Array;
  readonly lengths: Uint32Array;
  /** Views of the data area by length, made when first needed. */
  readonly views: Uint8Array[] = [];
  readonly keySlots: Slots;
  readonly streamSlots: Slots;

  constructor(instance: WebAssembly.Instance) {
    this.exports = instance.exports as unknown as CoreExports;
    this.layout = Object.fromEntries(layoutNames.map((name, i) => [name, this.exports.layout(i)])) as unknown as Layout;
    this.heap = new Uint8Array(this.exports.memory.buffer);
    this.lengths = new Uint32Array(this.exports.memory.buffer, this.layout.manyLengths, 2 * this.layout.manyMax);
    this.keySlots = new Slots('keys', this.layout.keySlots);
    this.streamSlots = new Slots('streams', this.layout.streamSlots);
  }
}

let loading: Promise<Core> | undefined;

/**
 * The core, compiled at the first call. A failure is kept: a page's Content-Security-Policy does not change.
 *
 * @throws {WasmBlocked}
 */
export function loadCore(): Promise<Core> {
  loading ??= import('#wasm')
    .then(({ loadModule }) => loadModule())
    .then((module) => WebAssembly.instantiate(module, {}))
    .then((instance) => new Core(instance))
    .catch((cause: unknown) => {
      throw new WasmBlocked(cause);
    });
  return loading;
}
