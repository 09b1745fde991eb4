// `keyhaven/sealer`: many small records, sealed and opened synchronously under cached data keys of any KMS.

export type { ManySealOptions, SealOptions } from './arguments.ts';
export { openSealer, type SealerOptions } from './open.ts';
export type { Sealer } from './sealer.ts';
export type { SealerKms } from './service.ts';
