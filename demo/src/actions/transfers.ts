// Work on files that takes a while: it shows its progress, and can be stopped.
import type { State, Transfer } from '../state.ts';
import type { Store } from '../store.ts';
import type { Progress } from '../vault/files.ts';

export interface Transfers {
  /** @returns what the work gives, or undefined where it was stopped */
  run<T>(
    title: string,
    doing: Transfer['doing'],
    total: number,
    work: (progress: Progress) => Promise<T>,
  ): Promise<T | undefined>;
  stop(id: string): void;
}

/** Shorter work than this is not shown. */
const patience = 150;
/** Milliseconds between two drawings. */
const interval = 100;

export function transfers(store: Store<State>): Transfers {
  const stops = new Map<string, AbortController>();
  const show = (transfer: Transfer) =>
    store.update(({ transfers: others }) => ({
      transfers: others.some(({ id }) => id === transfer.id)
        ? others.map((other) => (other.id === transfer.id ? transfer : other))
        : [...others, transfer],
    }));
  return {
    async run(title, doing, total, work) {
      const id = crypto.randomUUID();
      const stop = new AbortController();
      const startedAt = performance.now();
      let drawnAt = startedAt + patience - interval;
      stops.set(id, stop);
      const onProgress = ({ bytes: done }: { readonly bytes: number }) => {
        const now = performance.now();
        if (now - drawnAt < interval) return;
        drawnAt = now;
        show({ id, title, doing, done, total, speed: (done * 1000) / Math.max(1, now - startedAt) });
      };
      try {
        return await work({ onProgress, signal: stop.signal });
      } catch (error) {
        if (stop.signal.aborted) return undefined;
        throw error;
      } finally {
        stops.delete(id);
        store.update(({ transfers: others }) => ({ transfers: others.filter((other) => other.id !== id) }));
      }
    },
    stop: (id) => stops.get(id)?.abort(),
  };
}
