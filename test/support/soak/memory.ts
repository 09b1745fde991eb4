// The memory of a process and of all below it, over time. Linux only: /proc.
import { readFileSync } from 'node:fs';

export interface Sample {
  /** Seconds since the start. */
  readonly at: number;
  /** MB of memory that is no file's: heaps and stacks. */
  readonly mb: number;
}

/** @param only the name of the program that counts; all where it is empty */
export function memoryOf(pid: number, only = ''): number {
  try {
    const isCounted = only === '' || readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === only;
    const kilobytes = Number(/^RssAnon:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
    return children.reduce((sum, child) => sum + memoryOf(Number(child), only), isCounted ? kilobytes / 1024 : 0);
  } catch {
    return 0; // it ended meanwhile
  }
}

/** Megabytes a minute: the slope of the line with the least squares. */
export function slopeOf(samples: readonly Sample[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(samples.map(({ at }) => at)), mean(samples.map(({ mb }) => mb))];
  const square = samples.reduce((sum, { at }) => sum + (at - x) ** 2, 0);
  return square === 0 ? 0 : (60 * samples.reduce((sum, { at, mb }) => sum + (at - x) * (mb - y), 0)) / square;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
