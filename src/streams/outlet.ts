// The readable end of a stream pair: pieces that are their reader's, or a byte stream, whose reader may bring its own buffer.

import type { Bytes } from '../formats/bytes.ts';
import { SerializationException, UnsupportedOperationException } from '../model/errors/index.ts';
import { joined, type Parts } from './pipeline.ts';

export interface OutletOption {
  /**
   * `bytes` makes `readable` a byte stream, as in the Streams standard: a reader that brings its own buffer
   * (`getReader({ mode: 'byob' })`) needs no fresh memory for the output, which in browsers costs more than the encryption. A reader that
   * brings none gets a copy. Not in every browser.
   */
  readonly readableType?: 'bytes' | undefined;
}

/** @throws SerializationException where it is something else */
export function readOutlet(options: OutletOption): 'bytes' | undefined {
  const type = Object.hasOwn(options, 'readableType') ? options.readableType : undefined;
  if (type !== undefined && type !== 'bytes')
    throw new SerializationException("readableType must be 'bytes', or left out.");
  return type;
}

export interface Outlet {
  /** Gives what is left of the last value. @returns false where nothing is left */
  giveRest(): boolean;
  give(value: Parts | Bytes): void;
  close(): void;
  error(reason: unknown): void;
  /** Forgets what was not read. */
  wipe(): void;
}

export interface OutletSource {
  start(outlet: Outlet): void;
  pull(): Promise<void>;
  cancel(reason: unknown): Promise<void>;
}

/** What a stream is made of, with no members but its own, whatever Object.prototype says. */
export const bare = <T extends object>(members: T): T => Object.assign(Object.create(null), members);

/** @throws UnsupportedOperationException where there are no byte streams */
export function openOutlet({ start, pull, cancel }: OutletSource, type: 'bytes' | undefined): ReadableStream<Bytes> {
  const strategy = bare({ highWaterMark: 0 });
  if (type === undefined) {
    const begin = (controller: ReadableStreamDefaultController<Bytes>): void => start(piecesTo(controller));
    return new ReadableStream<Bytes>(bare({ start: begin, pull, cancel }), strategy);
  }
  const begin = (controller: ReadableByteStreamController): void => start(bytesTo(controller));
  try {
    return new ReadableStream(bare({ type, start: begin, pull, cancel }), strategy);
  } catch (cause) {
    throw new UnsupportedOperationException('There are no byte streams here: leave out readableType.', { cause });
  }
}

function piecesTo(controller: ReadableStreamDefaultController<Bytes>): Outlet {
  return {
    giveRest: () => false,
    give(value) {
      for (const part of value instanceof Uint8Array ? [value] : value) controller.enqueue(part);
    },
    close: () => controller.close(),
    error: (reason) => controller.error(reason),
    wipe: () => {},
  };
}

/** Every value is copied out before the next is given. */
function bytesTo(controller: ReadableByteStreamController): Outlet {
  let rest: Bytes = new Uint8Array(0);
  const giveRest = (): boolean => {
    if (rest.length === 0) return false;
    const request = controller.byobRequest;
    const view = request?.view;
    const part = rest.subarray(0, view?.byteLength ?? rest.length);
    rest = rest.subarray(part.length);
    if (request && view) {
      new Uint8Array(view.buffer, view.byteOffset, part.length).set(part);
      request.respond(part.length);
    } else controller.enqueue(part.slice());
    return true;
  };
  return {
    giveRest,
    give(value) {
      rest = value instanceof Uint8Array ? value : joined(value);
      giveRest();
    },
    close() {
      controller.close();
      // A reader that waits with its buffer gets it back.
      controller.byobRequest?.respond(0);
    },
    error: (reason) => controller.error(reason),
    wipe() {
      // All of its buffer: what was read of it came from there. Where nothing is left, the buffer has gone back already.
      if (rest.length > 0) new Uint8Array(rest.buffer).fill(0);
    },
  };
}
