// Sending over a port. Bytes move to the receiver, so that they are neither copied nor left behind.
import type { FromHost, StreamMessage, ToHost } from './messages.ts';
import { wipe } from './plain.ts';

/** False once a runtime said that it cannot: workerd has ports and no transfer. */
let canTransfer = true;

/** @param moving buffers and ports that go along; they are the sender's no longer */
export function post(
  port: MessagePort,
  message: ToHost | FromHost | StreamMessage,
  moving: readonly (ArrayBuffer | MessagePort)[] = [],
): void {
  if (canTransfer || moving.length === 0) {
    try {
      port.postMessage(message, [...moving]);
      return;
    } catch (error) {
      if (moving.length === 0 || error instanceof DOMException) throw error;
      canTransfer = false;
    }
  }
  port.postMessage(message);
  wipe(moving.filter((each) => each instanceof ArrayBuffer));
}

/** Sends a last message. Its port is closed a turn later, because closing can overtake what was sent. */
export function postLast(port: MessagePort, message: FromHost): void {
  post(port, message);
  setTimeout(() => port.close());
}
