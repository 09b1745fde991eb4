// What the browser says of the storage of this origin, and what is known of browsers: whether they clear it by themselves.

export interface StorageState {
  /** Whether the browser promised not to clear it; undefined where it cannot say. */
  readonly isPersisted: boolean | undefined;
  readonly quota: number | undefined;
  readonly usage: number | undefined;
  /** Whether the page runs as an installed app. */
  readonly isInstalled: boolean;
  readonly risk: EvictionRisk;
  /** Why, in one sentence. */
  readonly reason: string;
}

/** `unknown` where there is no browser. */
export type EvictionRisk = 'low' | 'medium' | 'high' | 'unknown';

export async function storageState(): Promise<StorageState> {
  const storage = storageOf();
  const isPersisted = await storage?.persisted?.().catch(() => undefined);
  const { quota, usage } = (await storage?.estimate?.().catch(() => undefined)) ?? {};
  const isInstalled = globalThis.matchMedia?.('(display-mode: standalone)')?.matches === true;
  const [risk, reason] = riskOf({ isPersisted, isInstalled, quota, usage });
  return { isPersisted, quota, usage, isInstalled, risk, reason };
}

/** Asks for persistent storage. @returns whether it is */
export async function persist(): Promise<boolean> {
  const storage = storageOf();
  try {
    return (await storage?.persisted?.()) === true || (await storage?.persist?.()) === true;
  } catch {
    return false;
  }
}

type Facts = Pick<StorageState, 'isPersisted' | 'isInstalled' | 'quota' | 'usage'>;

function riskOf({ isPersisted, isInstalled, quota, usage }: Facts): readonly [EvictionRisk, string] {
  if (typeof globalThis.indexedDB === 'undefined')
    return ['unknown', 'There is no browser storage here: what keeps the store decides.'];
  if (isPersisted) return ['low', 'The storage is persistent: the browser clears it only when the user asks for that.'];
  if (isWebKit() && !isInstalled)
    return [
      'high',
      'WebKit clears the storage of sites that were not visited for seven days of use, unless they are installed.',
    ];
  if (quota !== undefined && usage !== undefined && usage > quota * 0.8)
    return ['high', 'The storage of this origin is nearly full, and it is not persistent.'];
  return ['medium', 'The storage is not persistent: the browser may clear it when the disk is full.'];
}

/** Chromium says that it is WebKit too. */
function isWebKit(): boolean {
  const agent = globalThis.navigator?.userAgent ?? '';
  return /AppleWebKit\//.test(agent) && !/Chrom(?:e|ium)\//.test(agent);
}

/** Reading it throws in some sandboxed frames. */
function storageOf(): StorageManager | undefined {
  try {
    return globalThis.navigator?.storage;
  } catch {
    return undefined;
  }
}
