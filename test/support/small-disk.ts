// A disk of its own that can be filled and freed: a tmpfs. Only root may mount one.
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SmallDisk {
  /** An empty folder on it. */
  readonly folder: string;
  /** Takes all that is left. */
  fill(): void;
  free(): void;
  remove(): void;
}

/** @returns undefined where none can be mounted */
export function mountSmallDisk(megabytes: number): SmallDisk | undefined {
  const place = mkdtempSync(join(tmpdir(), 'keyhaven-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', place], { stdio: 'ignore' });
  } catch {
    rmSync(place, { recursive: true });
    return undefined;
  }
  const [folder, filler] = [join(place, 'data'), join(place, 'filler')];
  mkdirSync(folder, { mode: 0o777 });
  return {
    folder,
    fill() {
      writeFileSync(filler, '');
      for (const bytes of [1 << 20, 1 << 12])
        try {
          for (;;) appendFileSync(filler, Buffer.alloc(bytes));
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
        }
    },
    free: () => rmSync(filler),
    remove() {
      execFileSync('umount', ['-l', place]);
      rmSync(place, { recursive: true, force: true });
    },
  };
}
