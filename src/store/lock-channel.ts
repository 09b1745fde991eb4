// Tells the other tabs and workers of the origin that a keyring was locked. Where there is no IndexedDB there are no tabs that share a
// keyring, whatever channels the runtime has.

export interface LockChannel {
  tell(): void;
  close(): void;
}

const message = 'lock';

/** @param keyring its id @param onLock called when another tab locks it */
export function lockChannel(keyring: string, onLock: () => void): LockChannel | undefined {
  if (typeof globalThis.indexedDB === 'undefined' || typeof globalThis.BroadcastChannel !== 'function')
    return undefined;
  const channel = new BroadcastChannel(`keyhaven:${keyring}`);
  channel.onmessage = ({ data }: MessageEvent) => {
    if (data === message) onLock();
  };
  return {
    tell: () => channel.postMessage(message),
    close: () => channel.close(),
  };
}
