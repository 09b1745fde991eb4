// The program of a worker: seals and opens chunks of the messages that its page has begun. Published as one file without imports,
// so that every bundler, and a page without one, can serve it as it is.
import { gcmOf } from '../../cipher/native.ts';
import { type Chunks, chunksHere } from '../chunks.ts';
import { joined } from '../pipeline.ts';
import type { FromWorker, ToWorker } from './protocol.ts';

/** What is used of a worker's global scope. */
export interface WorkerScope {
  onmessage: ((event: { readonly data: ToWorker }) => void) | null;
  postMessage(message: FromWorker, transfer: Transferable[]): void;
}

/** Does the work that comes to a scope, and says that it is ready. */
export function serveChunks(scope: WorkerScope): void {
  const messages = new Map<number, Chunks>();

  async function work(request: ToWorker & { readonly kind: 'seal' | 'open' }): Promise<void> {
    const { job, first, bytes } = request;
    try {
      const chunks = messages.get(request.message);
      if (chunks === undefined) throw new TypeError('This message was not begun.');
      const parts = request.kind === 'seal' ? chunks.seal(first, bytes, request.isEnd) : chunks.open(first, bytes);
      const [whole = new Uint8Array(0)] = joined(await parts);
      bytes.fill(0);
      scope.postMessage({ kind: 'done', job, bytes: whole }, [whole.buffer]);
    } catch {
      scope.postMessage({ kind: 'refused', job }, []);
    }
  }

  scope.onmessage = ({ data }) => {
    switch (data.kind) {
      case 'begin':
        messages.set(
          data.message,
          chunksHere({ key: { handle: data.key, gcm: gcmOf(data.key) }, baseNonce: data.baseNonce }),
        );
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
const here = globalThis as unknown as WorkerScope;
if ('WorkerGlobalScope' in here) serveChunks(here);
