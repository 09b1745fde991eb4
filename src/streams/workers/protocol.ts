// What a page and its workers say to each other. The key is a CryptoKey that neither side can read, made for one message; data keys and
// the KMS stay in the page. Bytes are transferred, never copied, so whoever sends them has them no longer. Buffers of input come back and serve
// again.
import type { GcmKey } from '../../cipher/native.ts';
import type { Bytes } from '../../formats/bytes.ts';

export type ToWorker =
  /** Begins a message: with its key, the worker can seal and open its chunks. */
  | {
      readonly kind: 'begin';
      readonly message: number;
      readonly key: GcmKey['handle'];
      readonly baseNonce: Bytes;
    }
  | {
      readonly kind: 'seal';
      readonly message: number;
      readonly job: number;
      readonly first: number;
      readonly bytes: Bytes;
      readonly isEnd: boolean;
      /** Where the result goes, and comes back in. */
      readonly into: Bytes | undefined;
    }
  | {
      readonly kind: 'open';
      readonly message: number;
      readonly job: number;
      readonly first: number;
      readonly bytes: Bytes;
      readonly into: Bytes | undefined;
    }
  /** Forgets the message and its key. */
  | { readonly kind: 'end'; readonly message: number };

export type FromWorker =
  /** Sent once, when the worker can be given work. */
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'done';
      readonly job: number;
      readonly result: Bytes;
      /** The job's input, to be used again; plaintext is zeroed. */
      readonly spent: Bytes;
    }
  /** The job's chunks do not open; nothing else can fail. */
  | { readonly kind: 'refused'; readonly job: number };

/** What is used of a Worker. */
export interface StreamWorker {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  terminate(): void;
  addEventListener(type: string, listener: (event: Event) => void): void;
}

/** What is used of a worker's global scope. */
export interface WorkerScope {
  onmessage: ((event: { readonly data: ToWorker }) => void) | null;
  postMessage(message: FromWorker, transfer: ArrayBuffer[]): void;
}
