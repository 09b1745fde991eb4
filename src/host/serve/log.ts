// The log: one JSON object a line, on standard error. A reader that stops reading must not stop the service, as a full pipe would
// if it were written to directly; what cannot be written in time is dropped and counted.
import type { CallRecord } from '../../http/index.ts';
import type { LogLevel } from './options.ts';

const mostWaiting = 1 << 20;

export interface Log {
  event(name: string, members?: Record<string, unknown>): void;
  call(record: CallRecord): void;
  /** Waits until all is written, but not for long. */
  end(): Promise<void>;
}

export function openLog(level: LogLevel): Log {
  const stream = process.stderr;
  // Nobody can be told that the log has gone.
  stream.on('error', () => {});
  let waiting = '';
  let dropped = 0;

  function flush(): void {
    stream.write(waiting);
    waiting = '';
  }

  function put(entry: Record<string, unknown>): void {
    if (stream.writableLength + waiting.length > mostWaiting) {
      dropped++;
      return;
    }
    // Lines of one turn are written together.
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
        setTimeout(resolve, 500).unref();
        stream.write(waiting, () => resolve());
        waiting = '';
      });
    },
  };
}

const describe = (cause: unknown): string | undefined =>
  cause instanceof Error ? (cause.stack ?? cause.message) : cause === undefined ? undefined : String(cause);
