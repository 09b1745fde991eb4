// AbortSignal and timeout of one call, with the error names of the AWS SDK.
import type { CallOptions } from '../model/api/index.ts';

/** Calls `work` at once and waits for it as long as the options allow. */
export async function awaitWith<T>(options: CallOptions | undefined, work: () => Promise<T>): Promise<T> {
  const signal = own(options, 'abortSignal');
  const timeout = own(options, 'requestTimeout');
  if (signal?.aborted) throw named('AbortError', 'Request aborted');
  if (signal === undefined && timeout === undefined) return work();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let onAbort = () => {};
  const target = signal instanceof EventTarget ? signal : undefined;
  const ended = new Promise<never>((_, reject) => {
    onAbort = () => reject(named('AbortError', 'Request aborted'));
    target?.addEventListener('abort', onAbort);
    if (timeout)
      timer = setTimeout(
        () => reject(named('TimeoutError', `The call took longer than ${timeout} ms`)),
        // Timers of the platforms end at once where they are to wait longer.
        Math.min(timeout, 2 ** 31 - 1),
      );
  });
  try {
    return await Promise.race([work(), ended]);
  } finally {
    clearTimeout(timer);
    target?.removeEventListener('abort', onAbort);
  }
}

function own<K extends keyof CallOptions>(options: CallOptions | undefined, name: K): CallOptions[K] {
  return options !== undefined && options !== null && Object.hasOwn(options, name) ? options[name] : undefined;
}

function named(name: string, message: string): Error {
  const error = new Error(message);
  error.name = name;
  return error;
}
