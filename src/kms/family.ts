// Families of operations that are loaded at their first use, so that what a page loads at first stays small. What most pages need
// at once is asked for while the database opens: see `openKms`.
import { copyRequest } from '../model/request-copy.ts';
import type { Service } from './service.ts';

export type Operation<T> = (service: Service, input: unknown) => Promise<T>;
type Reply<O> = O extends Operation<infer T> ? T : never;

export interface Family<M extends object> {
  /** An operation of the module by its name. The input is copied, or read, before it returns. */
  <K extends keyof M & string>(name: K): Operation<Reply<M[K]>>;
  /** Loads the module. What could not be loaded is asked for again at the next call. */
  load(): Promise<M>;
}

/** @param importModule imports the module of the operations */
export function family<M extends object>(importModule: () => Promise<M>): Family<M> {
  let loading: Promise<M> | undefined;
  let loaded: M | undefined;
  const load = (): Promise<M> => {
    loading ??= importModule().then(
      (module) => {
        loaded = module;
        return module;
      },
      (error: unknown) => {
        loading = undefined;
        throw error;
      },
    );
    return loading;
  };
  const operationOf =
    <K extends keyof M & string>(name: K): Operation<Reply<M[K]>> =>
    async (service, input) => {
      if (loaded !== undefined) return (loaded[name] as Operation<Reply<M[K]>>)(service, input);
      const copy = copyRequest(input);
      const operation = (await load())[name] as Operation<Reply<M[K]>>;
      // It has read the copy when it returns its promise.
      const running = operation(service, copy);
      wipe(copy);
      return running;
    };
  return Object.assign(operationOf, { load });
}

/** A copied plaintext lives no longer than it must. */
function wipe(copy: unknown): void {
  if (typeof copy !== 'object' || copy === null) return;
  for (const member of Object.values(copy)) if (member instanceof Uint8Array) member.fill(0);
}
