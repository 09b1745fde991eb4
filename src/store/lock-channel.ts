// Tells the other tabs and workers of the origin that a keyring was locked. Where there is no BroadcastChannel there are no other
// tabs either.

export interface LockChannel {
  tell(): void;
  close(): void;
}

const message = 'lock';

/** @param keyring its id @param onLock called when another tab locks it */
export function lockChannel(keyring: string, onLock: () => void): LockChannel | undefined {
  if (typeof globalThis.BroadcastChannel !== 'function') return undefined;
  const channel = new BroadcastChannel(`keyhaven:${keyring}`);
  channel.onmessage = ({ data }: MessageEvent) => {
    if (data === message) onLock();
  };
  // Node would not end while a channel is open.
  (channel as BroadcastChannel & { unref?: () => void }).unref?.();
  return {
    tell: () => channel.postMessage(message),
    close: () => channel.close(),
  };
}
