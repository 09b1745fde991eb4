// A transport between two tabs, frames or workers of one origin: for keyrings of one browser profile, and for trying things out.
import { TransportFailed } from '../model/errors/index.ts';
import { isBytes } from '../model/shape.ts';
import { Inbox, type Side, type Transport } from './transport.ts';

/** @param name what the channels' names begin with. Default `keyhaven:devices` */
export function broadcastChannelTransport(name = 'keyhaven:devices'): Transport {
  return (mailbox: string, side: Side) => {
    if (typeof globalThis.BroadcastChannel !== 'function')
      throw new TransportFailed('There is no BroadcastChannel here.');
    const channel = new BroadcastChannel(`${name}:${mailbox}`);
    const inbox = new Inbox();
    channel.onmessage = ({ data }: MessageEvent<unknown>) => {
      // Everybody hears everything: what this side said itself, in another tab, is not for it.
      if (typeof data !== 'object' || data === null || !Object.hasOwn(data, 'side') || !Object.hasOwn(data, 'message'))
        return;
      const { side: from, message } = data as { side: unknown; message: unknown };
      if (from !== side && isBytes(message)) inbox.put(message);
    };
    channel.onmessageerror = () => inbox.fail(new TransportFailed('The channel cannot read a message.'));
    return {
      send: (message) => channel.postMessage({ side, message: new Uint8Array(message) }),
      receive: (signal) => inbox.take(signal),
      close: () => channel.close(),
    };
  };
}
