// An app on an origin of its own that embeds the vault page; and all that an attacker's script on it would want at hand.
import { type ConnectedKms, type ConnectOptions, connectKms } from '../../../src/host/index.ts';
import { operationNames } from '../../../src/http/operations.ts';
import { openSealer } from '../../../src/sealer/index.ts';
import { decryptStream, encryptStream } from '../../../src/streams/index.ts';

/** Puts the vault page into this one, without waiting for it. */
function embed(url: string): HTMLIFrameElement {
  const frame = document.createElement('iframe');
  frame.src = url;
  document.body.append(frame);
  return frame;
}

async function connect(
  url: string,
  options: ConnectOptions = {},
): Promise<{ frame: HTMLIFrameElement; kms: ConnectedKms }> {
  const frame = embed(url);
  return { frame, kms: await connectKms(frame, { origin: new URL(url).origin, ...options }) };
}

/** The protocol by hand: a port to the host of a frame, or undefined where none is given within a second. */
async function openRawPort(frame: HTMLIFrameElement): Promise<MessagePort> {
  const { port1, port2 } = new MessageChannel();
  frame.contentWindow?.postMessage({ keyhaven: 1, type: 'connect' }, { targetOrigin: '*', transfer: [port2] });
  port1.start();
  port1.postMessage({ type: 'hello', version: 1 });
  await answer(port1);
  return port1;
}

function answer(port: MessagePort): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('no answer')), 3000);
    port.addEventListener(
      'message',
      ({ data }) => {
        clearTimeout(timer);
        resolve(data);
      },
      { once: true },
    );
  });
}

/** Every CryptoKey in a value. */
function keysIn(value: unknown): number {
  if (value instanceof CryptoKey) return 1;
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return 0;
  return Object.values(value).reduce((sum: number, each) => sum + keysIn(each), 0);
}

const errorName = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'fulfilled',
    (error: Error) => error.name,
  );

const api = {
  embed,
  connect,
  openRawPort,
  answer,
  keysIn,
  errorName,
  connectKms,
  openSealer,
  encryptStream,
  decryptStream,
  operationNames,
};
declare global {
  var app: typeof api;
}
globalThis.app = api;
