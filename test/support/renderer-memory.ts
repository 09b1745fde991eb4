// How much memory the pages of a Chromium take: the resident set of its largest renderer process, from Linux's /proc.
import { readdirSync, readFileSync } from 'node:fs';

/** Bytes of the largest renderer of the browser whose profile lies there. */
function largestRenderer(profile: string): number {
  let largest = 0;
  for (const id of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const command = readFileSync(`/proc/${id}/cmdline`, 'utf8');
      // A renderer is not told the profile; its parent chain leads to the browser that was.
      if (!command.includes('--type=renderer') || !isUnder(Number(id), profile)) continue;
      const status = readFileSync(`/proc/${id}/status`, 'utf8');
      largest = Math.max(largest, 1024 * Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0));
    } catch {
      // It ended meanwhile.
    }
  }
  return largest;
}

function isUnder(id: number, profile: string): boolean {
  for (let current = id; current > 1; ) {
    if (readFileSync(`/proc/${current}/cmdline`, 'utf8').includes(profile)) return true;
    current = Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${current}/status`, 'utf8'))?.[1] ?? 0);
  }
  return false;
}

/** Samples ten times a second while the work goes on. @returns the peak in bytes */
export async function peakWhile(profile: string, work: () => Promise<unknown>): Promise<number> {
  let peak = 0;
  const timer = setInterval(() => {
    peak = Math.max(peak, largestRenderer(profile));
  }, 100);
  try {
    await work();
    return Math.max(peak, largestRenderer(profile));
  } finally {
    clearInterval(timer);
  }
}
