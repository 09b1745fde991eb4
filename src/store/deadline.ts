// Storage that hangs must not hang its caller. Private windows, policies and full or damaged disks make IndexedDB requests
// that never answer.
import { StoreUnavailable } from '../model/errors/index.ts';

/**
 * Waits for `work` at most `milliseconds`.
 * @param onExpiry called when time is up, to give the work up
 * @throws StoreUnavailable where it took longer
 */
export async function within<T>(
  work: Promise<T>,
  milliseconds: number,
  what: string,
  onExpiry?: () => void,
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const expired = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(
        new StoreUnavailable(
          `${what} did not answer within ${milliseconds} ms. Is another tab of an older version open, or storage blocked?`,
        ),
      );
      onExpiry?.();
    }, milliseconds);
  });
  try {
    return await Promise.race([work, expired]);
  } finally {
    clearTimeout(timer);
  }
}
