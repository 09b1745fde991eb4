// Locking by itself: when nobody used the keys for a while, and when the page is hidden.
import { ValidationException } from '../model/errors/index.ts';
import { checkMethods, isOn, optionsReader } from '../model/options.ts';

export interface AutoLockOptions {
  /** Locks after so many milliseconds without a call, at least 1000. */
  idle?: number | undefined;
  /** Locks when the page is hidden or put aside. */
  onHide?: boolean | undefined;
}

/** What is locked: a `Kms`. */
export interface Lockable {
  lock(): void;
  /** Refuses calls that come later than this after the last one; undefined: no limit. Throws where nothing can be locked. */
  limitIdle(milliseconds: number | undefined): void;
  /** When the last call came, in milliseconds since 1970. */
  readonly usedAt: number;
  /** Whether it is being unlocked. */
  readonly isUnlocking?: boolean;
}

/**
 * Locks a keyring by itself from now on. Needs a keyring with a root.
 * @returns ends it
 */
export function autoLock(kms: Lockable, options: AutoLockOptions): () => void {
  checkMethods('kms', kms, ['lock', 'limitIdle'], 'what openKms gives, and not the promise of it');
  const own = optionsReader(options, { idle: true, onHide: true });
  const [idle, onHide] = [own('idle'), isOn('onHide', own('onHide'))];
  if (idle !== undefined && !(Number.isSafeInteger(idle) && idle >= 1000 && idle < 2 ** 31))
    throw new ValidationException('idle must be a whole number of milliseconds, at least 1000.');
  if (idle === undefined && !onHide) throw new ValidationException('autoLock needs idle, onHide, or both.');
  const ending: (() => void)[] = [];
  if (idle !== undefined) ending.push(lockWhenIdle(kms, idle));
  else kms.limitIdle(Number.POSITIVE_INFINITY);
  if (onHide) ending.push(lockWhenHidden(kms));
  return () => {
    for (const end of ending) end();
  };
}

function lockWhenIdle(kms: Lockable, idle: number): () => void {
  kms.limitIdle(idle);
  let timer: ReturnType<typeof setTimeout>;
  const watch = (milliseconds: number): void => {
    const before = kms.usedAt;
    timer = setTimeout(() => {
      // No call since: that much is true also where the clock was set back meanwhile.
      const left = kms.usedAt === before ? 0 : Math.min(idle, kms.usedAt + idle - Date.now());
      if (left <= 0) lockIfPossible(kms);
      watch(left <= 0 ? idle : left);
    }, milliseconds);
    // Node would not end while it waits.
    (timer as { unref?: () => void }).unref?.();
  };
  watch(idle);
  return () => {
    clearTimeout(timer);
    kms.limitIdle(undefined);
  };
}

function lockWhenHidden(kms: Lockable): () => void {
  const page = globalThis.document as Document | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const onChange = () => {
    clearTimeout(timer);
    if (page?.visibilityState !== 'hidden') return;
    // The screen of an authenticator may hide the page that asks for a passkey: it is locked then if it stays hidden.
    if (kms.isUnlocking) timer = setTimeout(onChange, 100);
    else lockIfPossible(kms);
  };
  const onHide = () => lockIfPossible(kms);
  page?.addEventListener('visibilitychange', onChange);
  globalThis.addEventListener?.('pagehide', onHide);
  return () => {
    clearTimeout(timer);
    page?.removeEventListener('visibilitychange', onChange);
    globalThis.removeEventListener?.('pagehide', onHide);
  };
}

/** Nothing can be locked any more where the keyring was moved to a mode without a root, and nobody waits for an error. */
function lockIfPossible(kms: Lockable): void {
  try {
    kms.lock();
  } catch (error) {
    if (!(error instanceof ValidationException)) throw error;
  }
}
