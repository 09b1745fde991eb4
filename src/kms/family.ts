// Families of operations that are loaded at their first use: what a page does every day is there at once, the rest when asked for.
import { lazily } from '../model/lazily.ts';
import { copyRequest } from '../model/request-copy.ts';
import type { Service } from './service.ts';

export type Operation<T> = (service: Service, input: unknown) => Promise<T>;
type Reply<O> = O extends Operation<infer T> ? T : never;

/**
 * Operations of a module by name. The input is copied at once, and read when the module is there.
 * @param load imports the module
 */
export function family<M>(load: () => Promise<M>): <K extends keyof M & string>(name: K) => Operation<Reply<M[K]>> {
  const module = lazily(load);
  return (name) => async (service, input) => {
    const copy = copyRequest(input);
    const operation = (await module())[name] as Operation<never>;
    return operation(service, copy);
  };
}
