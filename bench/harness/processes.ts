// What a process and all below it have used, from Linux's /proc.
import { readFileSync } from 'node:fs';

const ticksPerSecond = 100;

/** CPU seconds. @param only the name of the program that counts; all where it is empty */
export function cpuOf(pid: number, only = ''): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const isCounted = only === '' || readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === only;
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const own = isCounted ? (Number(fields[11]) + Number(fields[12])) / ticksPerSecond : 0;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
    return children.reduce((sum, child) => sum + cpuOf(Number(child), only), own);
  } catch {
    return 0; // it ended meanwhile
  }
}
