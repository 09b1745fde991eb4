// Modules of Node, asked for at run time, so that no bundle and no other runtime ever sees the name of one that it does not have.
import { runtimeOf } from './crossover.ts';

interface Globals {
  readonly process?: { readonly getBuiltinModule?: (name: string) => unknown };
}

/** @returns undefined in every runtime but Node; also in Node before 20.16, which cannot be asked */
export function nodeModule(name: `node:${string}`): unknown {
  if (runtimeOf(globalThis as object) !== 'node') return undefined;
  return (globalThis as Globals).process?.getBuiltinModule?.(name);
}
