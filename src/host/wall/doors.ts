// Where pages come in: the messages of a frame, a dedicated worker or a shared worker, each with the origin that the browser vouches
// for. Nothing but knocks and connections passes a door.
import { protocolVersion, type Ready, type Refused, typeOutside } from '../protocol/messages.ts';

export interface Visitor {
  readonly origin: string;
  /** Answers a knock. */
  answer(message: Ready | Refused): void;
}

export interface Doorkeeper {
  readonly instance: string;
  knock(visitor: Visitor): void;
  connect(visitor: Visitor, port: MessagePort): void;
}

interface SharedScope {
  addEventListener(type: 'connect', listener: (event: MessageEvent) => void): void;
  removeEventListener(type: 'connect', listener: (event: MessageEvent) => void): void;
}
type Global = typeof globalThis & {
  readonly DedicatedWorkerGlobalScope?: new () => object;
  readonly SharedWorkerGlobalScope?: new () => object;
};

const isA = (scope: (new () => object) | undefined): boolean => scope !== undefined && globalThis instanceof scope;

/** Opens the door of the place that this runs in; returns what shuts it. Where there is none, connections are given by hand. */
export function openDoor(keeper: Doorkeeper): () => void {
  const { DedicatedWorkerGlobalScope, SharedWorkerGlobalScope } = globalThis as Global;
  if (isA(SharedWorkerGlobalScope)) return openShared(keeper);
  if (isA(DedicatedWorkerGlobalScope)) return openDedicated(keeper);
  return typeof document === 'undefined' ? () => {} : openWindow(keeper);
}

const ready = (keeper: Doorkeeper): Ready => ({
  keyhaven: protocolVersion,
  type: 'ready',
  instance: keeper.instance,
});

function admit(keeper: Doorkeeper, { data, ports, isTrusted }: MessageEvent, visitor: Visitor): void {
  const type = typeOutside(data);
  if (!isTrusted || type === undefined) return;
  const [port] = ports;
  if (type === 'knock') keeper.knock(visitor);
  else if (type === 'connect' && port !== undefined && ports.length === 1) keeper.connect(visitor, port);
}

function openWindow(keeper: Doorkeeper): () => void {
  const listener = (event: MessageEvent): void => {
    const { source, origin } = event;
    if (source === null) return;
    admit(keeper, event, {
      origin,
      answer: (message) => {
        // An opaque origin cannot be written to by name, and gets no answer.
        if (origin !== 'null' && origin !== '') (source as Window).postMessage(message, { targetOrigin: origin });
      },
    });
  };
  addEventListener('message', listener);
  // It says no more than that a host is there, which any page that embeds one knows.
  if (parent !== self) parent.postMessage(ready(keeper), { targetOrigin: '*' });
  return () => removeEventListener('message', listener);
}

/** A worker's messages have no origin: they come from its own. */
const ownOrigin = (): string => globalThis.origin ?? 'null';

function openDedicated(keeper: Doorkeeper): () => void {
  const post = postMessage as unknown as (message: Ready | Refused) => void;
  const listener = (event: MessageEvent): void =>
    admit(keeper, event, { origin: ownOrigin(), answer: (message) => post(message) });
  addEventListener('message', listener);
  post(ready(keeper));
  return () => removeEventListener('message', listener);
}

function openShared(keeper: Doorkeeper): () => void {
  const scope = globalThis as unknown as SharedScope;
  const onConnect = ({ ports: [door] }: MessageEvent): void => {
    if (door === undefined) return;
    door.addEventListener('message', (event) =>
      admit(keeper, event, { origin: ownOrigin(), answer: (message) => door.postMessage(message) }),
    );
    door.start();
    door.postMessage(ready(keeper));
  };
  scope.addEventListener('connect', onConnect);
  return () => scope.removeEventListener('connect', onConnect);
}
