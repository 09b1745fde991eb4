// Ways to repeat a piece of work: at once, awaited one by one, or many in flight.
import type { Subject } from './measure.ts';

export const sync = (name: string, work: () => unknown): Subject => ({
  name,
  run(count) {
    for (let i = 0; i < count; i++) work();
  },
});

export const awaited = (name: string, work: () => Promise<unknown>): Subject => ({
  name,
  async run(count) {
    for (let i = 0; i < count; i++) await work();
  },
});

/** As many calls at once as `width`; the last batch may be smaller. */
export const concurrent = (name: string, width: number, work: () => Promise<unknown>): Subject => ({
  name,
  async run(count) {
    for (let left = count; left > 0; left -= width)
      await Promise.all(Array.from({ length: Math.min(width, left) }, work));
  },
});
