// What a suite is. bench/run.ts finds it by its file name; the same suite runs in Node and in a page.
import type { Case, Effort } from './measure.ts';

export type BenchRuntime = 'node' | 'chromium' | 'firefox';

export interface Suite {
  /** The cases, in order, each with the effort that it deserves. */
  cases(runtime: BenchRuntime): AsyncGenerator<readonly [Case, Effort]>;
  /** Lines to print below the table: what the rows mean for the targets. */
  summary?(rows: readonly import('./measure.ts').Row[], runtime: BenchRuntime): string[];
}
