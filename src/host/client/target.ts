// Where a host may be, and how a page gets a port to it. A frame is written to and listened to under its exact origin: what it was
// navigated to by somebody else gets no port.
import { HostRefused, ValidationException } from '../../model/errors/index.ts';
import { type Connect, type Knock, member, protocolVersion, typeOutside } from '../protocol/messages.ts';

/** A class of the platform, where the types of the program that uses the library have it: those of a worker know no frames. */
type Platform<Name extends string> = typeof globalThis extends { readonly [N in Name]: { prototype: infer T } }
  ? T
  : never;

/** What a host runs in, or a port that its `accept` was given the other end of. */
export type HostTarget =
  | Platform<'HTMLIFrameElement'>
  | Platform<'Worker'>
  | Platform<'SharedWorker'>
  | Platform<'MessagePort'>;

/** The way to a host. */
export interface Target {
  /** True where the host is known to be gone. */
  isGone(): boolean;
  /** Sends to the host, and a port along where one is given. */
  post(message: Knock | Connect, port?: MessagePort): void;
  /** Calls back for each message of the host, or with an error; returns what ends that. */
  listen(onMessage: (data: unknown) => void, onError: (error: unknown) => void): () => void;
}

/** @throws ValidationException */
export function targetOf(given: HostTarget, origin: string | undefined): Target {
  if (isFrame(given)) return frameTarget(given, requireOrigin(origin));
  if (origin !== undefined) throw new ValidationException('origin is for a frame: a worker has that of its page.');
  if (typeof SharedWorker !== 'undefined' && given instanceof SharedWorker) return workerTarget(given.port, given);
  if (typeof Worker !== 'undefined' && given instanceof Worker) return workerTarget(given, given);
  throw new ValidationException('The host must be an iframe, a Worker, a SharedWorker or a MessagePort.');
}

const isFrame = (given: unknown): given is HTMLIFrameElement =>
  typeof HTMLIFrameElement !== 'undefined' && given instanceof HTMLIFrameElement;

function requireOrigin(origin: unknown): string {
  let written: string | undefined;
  try {
    written = new URL(origin as string).origin;
  } catch {
    // Said below.
  }
  if (typeof origin === 'string' && written === origin && origin !== 'null') return origin;
  throw new ValidationException('origin must be the exact origin of the frame, such as https://keys.example.com.');
}

function frameTarget(frame: HTMLIFrameElement, origin: string): Target {
  return {
    isGone: () => !frame.isConnected,
    post(message, port) {
      frame.contentWindow?.postMessage(message, { targetOrigin: origin, transfer: port ? [port] : [] });
    },
    listen(onMessage) {
      const listener = (event: MessageEvent): void => {
        if (event.isTrusted && event.source === frame.contentWindow && event.origin === origin) onMessage(event.data);
      };
      addEventListener('message', listener);
      return () => removeEventListener('message', listener);
    },
  };
}

interface Channel extends EventTarget {
  postMessage(message: unknown, transfer: Transferable[]): void;
  start?(): void;
}

function workerTarget(channel: Channel, worker: EventTarget): Target {
  return {
    isGone: () => false,
    post: (message, port) => channel.postMessage(message, port ? [port] : []),
    listen(onMessage, onError) {
      const listener = (event: Event): void => onMessage((event as MessageEvent).data);
      channel.addEventListener('message', listener);
      // A script that cannot be loaded, or throws at its start.
      worker.addEventListener('error', onError);
      channel.start?.();
      return () => {
        channel.removeEventListener('message', listener);
        worker.removeEventListener('error', onError);
      };
    },
  };
}

const keyhaven = protocolVersion;

/**
 * Knocks, waits until the host is there, and gives it a port.
 * @param signal ends the wait
 * @returns the page's end of the port, and which instance of the host has the other
 * @throws HostRefused
 */
export function openPort(target: Target, signal: AbortSignal): Promise<{ port: MessagePort; instance: unknown }> {
  return new Promise((resolve, reject) => {
    const stop = target.listen(
      (data) => {
        const type = typeOutside(data);
        if (type !== 'ready' && type !== 'refused') return;
        stop();
        if (type === 'refused') {
          reject(new HostRefused(`The host does not list ${globalThis.origin} as a caller.`));
          return;
        }
        const { port1, port2 } = new MessageChannel();
        target.post({ keyhaven, type: 'connect' }, port2);
        resolve({ port: port1, instance: member(data, 'instance') });
      },
      (error) => {
        stop();
        reject(error);
      },
    );
    signal.addEventListener('abort', () => {
      stop();
      reject(signal.reason);
    });
    target.post({ keyhaven, type: 'knock' });
  });
}
