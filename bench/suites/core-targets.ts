// What the core aims at, as ratios to others measured in the same run.
import type { Row } from '../harness/measure.ts';
import type { BenchRuntime } from '../harness/suite.ts';

export interface Target {
  readonly case: string;
  readonly bytes: number;
  /** How the subjects' names begin. */
  readonly ours: string;
  readonly theirs: string;
  readonly runtimes: readonly BenchRuntime[];
  readonly reach: number;
  readonly goFor: number;
}

const into = 'keyhaven, into';
const both: readonly BenchRuntime[] = ['node', 'chromium'];

const seal = (
  bytes: number,
  theirs: string,
  runtimes: readonly BenchRuntime[],
  reach: number,
  goFor: number,
): Target => ({
  case: 'seal',
  bytes,
  ours: into,
  theirs,
  runtimes,
  reach,
  goFor,
});
const many = (bytes: number, reach: number, goFor: number): Target => ({
  case: 'sealMany',
  bytes: 64 * bytes,
  ours: 'keyhaven, sealMany',
  theirs: 'subtle, 64 in flight',
  runtimes: both,
  reach,
  goFor,
});

export const targets: readonly Target[] = [
  seal(64, 'subtle, awaited', ['chromium'], 8, 12),
  seal(256, 'subtle, awaited', ['chromium'], 3, 4.5),
  seal(1024, 'subtle, awaited', ['chromium'], 1.4, 2),
  seal(64, 'subtle, 64 in flight', ['node'], 12, 25),
  seal(256, 'subtle, 64 in flight', ['node'], 7, 12),
  seal(1024, 'subtle, 64 in flight', ['node'], 3, 4.5),
  many(64, 12, 20),
  many(256, 5, 9),
  many(1024, 1.7, 2.5),
  seal(64, '@noble/ciphers', both, 30, 50),
  seal(4096, '@noble/ciphers', both, 8, 15),
  seal(16 << 20, '@noble/ciphers', both, 6.5, 9),
  seal(16 << 20, 'libsodium XChaCha20', ['chromium'], 0.8, 1),
  seal(16 << 20, 'libsodium XChaCha20', ['node'], 0.65, 0.9),
  {
    case: 'fresh key',
    bytes: 64,
    ours: 'keyhaven',
    theirs: 'subtle',
    runtimes: ['chromium'],
    reach: 4.5,
    goFor: 8,
  },
];

/** The ratio reached for each target whose rows are there. */
export function ratios(rows: readonly Row[], runtime: string): { target: Target; ratio: number }[] {
  const time = (title: string, bytes: number, subject: string): number | undefined =>
    rows.find((row) => row.case === title && row.bytes === bytes && row.subject.startsWith(subject))?.us;
  return targets.flatMap((target) => {
    const mine = time(target.case, target.bytes, target.ours);
    const other = time(target.case, target.bytes, target.theirs);
    if (mine === undefined || other === undefined || !target.runtimes.some((each) => each === runtime)) return [];
    return [{ target, ratio: other / mine }];
  });
}
