// The log: one JSON object a line, on standard error. A reader that stops reading must not stop the service, as a full pipe would
// if it were written to directly; what cannot be written in time is dropped and counted.
import { write } from 'node:fs';
import type { CallRecord } from '../../http/index.ts';
import type { LogLevel } from './options.ts';

const mostWaiting = 1 << 20;
const stderr = 2;

export interface Log {
  event(name: string, members?: Record<string, unknown>): void;
  call(record: CallRecord): void;
  /** Waits until all is written, but not for long. */
  end(): Promise<void>;
}

export function openLog(level: LogLevel): Log {
  let waiting = '';
  let dropped = 0;
  let isWriting = false;
  let whenIdle: (() => void) | undefined;

  function flush(): void {
    if (isWriting || waiting === '') {
      if (!isWriting) whenIdle?.();
      return;
    }
    isWriting = true;
    let text = Buffer.from(waiting);
    waiting = '';
    const next = (): void => {
      write(stderr, text, (error, written) => {
        text = error ? Buffer.alloc(0) : text.subarray(written);
        if (error && (error as NodeJS.ErrnoException).code === 'EAGAIN') setTimeout(next, 20);
        else if (text.length > 0) next();
        else {
          isWriting = false;
          flush();
        }
      });
    };
    next();
  }

  function put(entry: Record<string, unknown>): void {
    if (waiting.length > mostWaiting) {
      dropped++;
      return;
    }
    if (waiting === '') setImmediate(flush);
    const lost = dropped > 0 ? { droppedBefore: dropped } : {};
    dropped = 0;
    waiting += `${JSON.stringify({ time: new Date().toISOString(), ...entry, ...lost })}\n`;
  }

  return {
    event(name, members = {}) {
      if (level !== 'none') put({ level: 'info', event: name, ...members });
    },
    call(record) {
      const { error, status, operation, principalArn, accessKeyId, region, requestId, milliseconds } = record;
      if (level === 'none' || (level === 'errors' && error === undefined)) return;
      const isOurs = status >= 500;
      put({
        level: isOurs ? 'error' : 'info',
        event: 'call',
        requestId,
        operation,
        status,
        error: error?.name,
        // A client's mistake is told to the client; its text can hold parts of the request.
        ...(isOurs && error ? { message: error.message, cause: describe(error.cause) } : {}),
        principal: principalArn,
        accessKeyId,
        region,
        milliseconds,
      });
    },
    end() {
      return new Promise((resolve) => {
        whenIdle = resolve;
        setTimeout(resolve, 500).unref();
        flush();
      });
    },
  };
}

const describe = (cause: unknown): string | undefined =>
  cause instanceof Error ? (cause.stack ?? cause.message) : cause === undefined ? undefined : String(cause);
