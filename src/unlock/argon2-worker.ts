// The worker that computes Argon2id: one call, one answer. See argon2.ts.
import { type Argon2Call, inPlace } from './argon2.ts';

/** The part of DedicatedWorkerGlobalScope that is used; the library is compiled for pages. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<Argon2Call>) => void) | null;
  postMessage(message: unknown): void;
}

const scope = globalThis as unknown as WorkerScope;

scope.onmessage = ({ data }) => {
  inPlace(data).then(
    (key) => {
      data.password.fill(0);
      scope.postMessage(key);
      key.fill(0);
    },
    () => scope.postMessage(undefined),
  );
};
scope.postMessage('running');
