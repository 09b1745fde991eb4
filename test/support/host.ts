// A service behind a port, as a page has it: both ends in one context, so that one test can look at either.
import {
  type CallerOptions,
  type ConnectedKms,
  type ConnectOptions,
  connectKms,
  type Host,
  type HostOptions,
  hostKms,
} from '../../src/host/index.ts';
import type { Kms } from '../../src/index.ts';

export const appOrigin = 'https://app.example.com';
export const appArn = 'arn:aws:iam::000000000000:user/origin/https/app.example.com';

export interface Served {
  readonly host: Host;
  /** The page's side, by origin. */
  connect(origin?: string, options?: ConnectOptions): Promise<ConnectedKms>;
  /** The page's end of a port that nobody speaks the protocol on yet. */
  rawPort(origin?: string): MessagePort;
  /** Ends connections and ports, so that nothing keeps the process. */
  close(): void;
}

export function serve(
  kms: Kms | Promise<Kms>,
  options: Omit<HostOptions, 'callers'> & { callers?: CallerOptions[] } = {},
): Served {
  const host = hostKms(kms, { callers: [{ origin: appOrigin }], ...options });
  const ports: MessagePort[] = [];
  const connected: ConnectedKms[] = [];
  const rawPort = (origin: string = appOrigin): MessagePort => {
    const { port1, port2 } = new MessageChannel();
    ports.push(port1, port2);
    host.accept(port2, origin);
    return port1;
  };
  return {
    host,
    rawPort,
    async connect(origin, connectOptions) {
      const kms = await connectKms(rawPort(origin), connectOptions);
      connected.push(kms);
      return kms;
    },
    close() {
      for (const each of connected) each.destroy();
      host.close();
      for (const port of ports) port.close();
    },
  };
}

/** Everything that comes out of a port, as it comes. */
export function listen(port: MessagePort): { next(): Promise<Record<string, unknown>> } {
  const received: Record<string, unknown>[] = [];
  const waiting: ((message: Record<string, unknown>) => void)[] = [];
  port.addEventListener('message', ({ data }) => {
    const next = waiting.shift();
    if (next) next(data);
    else received.push(data);
  });
  port.start();
  return {
    next: () => {
      const message = received.shift();
      return message ? Promise.resolve(message) : new Promise((resolve) => waiting.push(resolve));
    },
  };
}

/** workerd moves nothing between ports, so there are no streams over them. */
export async function canMovePorts(): Promise<boolean> {
  try {
    const { port1, port2 } = new MessageChannel();
    new MessageChannel().port1.postMessage(null, [port1]);
    port2.close();
    return true;
  } catch {
    return false;
  }
}
