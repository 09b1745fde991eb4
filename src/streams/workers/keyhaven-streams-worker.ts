// The program of a worker: seals and opens chunks of the messages that its page has begun. Published as one file without imports,
// so that every bundler, and a page without one, can serve it as it is.
import { gcmOf } from '../../cipher/native.ts';
import { type ChunkKey, openBatch, sealBatch } from '../chunks.ts';
import { parentOfThread } from './node-threads.ts';
import type { ToWorker, WorkerScope } from './protocol.ts';

/** Does the work that comes to a scope, and says that it is ready. */
export function serveChunks(scope: WorkerScope): void {
  const messages = new Map<number, ChunkKey>();

  async function work(request: ToWorker & { readonly kind: 'seal' | 'open' }): Promise<void> {
    const { job, first, bytes, into } = request;
    try {
      const message = messages.get(request.message);
      if (message === undefined) throw new TypeError('This message was not begun.');
      const result = await (request.kind === 'seal'
        ? sealBatch(message, first, bytes, request.isEnd, into)
        : openBatch(message, first, bytes, into));
      // What was sealed was plaintext. Ciphertext needs no wiping.
      if (request.kind === 'seal') bytes.fill(0);
      scope.postMessage({ kind: 'done', job, result, spent: bytes }, [result.buffer, bytes.buffer]);
    } catch {
      scope.postMessage({ kind: 'refused', job }, []);
    }
  }

  scope.onmessage = ({ data }) => {
    switch (data.kind) {
      case 'begin':
        messages.set(data.message, {
          key: { handle: data.key, gcm: gcmOf(data.key) },
          baseNonce: data.baseNonce,
        });
        break;
      case 'end':
        messages.delete(data.message);
        break;
      case 'seal':
      case 'open':
        void work(data);
        break;
    }
  };
  scope.postMessage({ kind: 'ready' }, []);
}

// In a worker this is the program. Loaded anywhere else, it does nothing.
const here = globalThis as unknown as WorkerScope & { readonly Bun?: { readonly isMainThread: boolean } };
const isWorker = 'WorkerGlobalScope' in here || (Object.hasOwn(here, 'Bun') && here.Bun?.isMainThread === false);
const scope = isWorker ? here : parentOfThread();
if (scope) serveChunks(scope);
