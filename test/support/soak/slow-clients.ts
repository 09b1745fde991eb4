// Clients that send a byte now and then: half of them never end their head, half never their body.
import { connect } from 'node:net';
import { type Caller, signedBytes } from './traffic.ts';

export interface SlowClients {
  /** How many were opened, and how many the server has hung up on. */
  readonly opened: number;
  readonly hungUp: number;
  /** The longest that one was held open, in milliseconds. */
  readonly longest: number;
  close(): void;
}

const drip = 500;

/** Keeps `count` of them connected: whoever is hung up on comes again. */
export function openSlowClients(caller: Caller, count: number): SlowClients {
  const port = Number(new URL(caller.url).port);
  const state = { opened: 0, hungUp: 0, longest: 0 };
  let isClosed = false;
  const closers = new Map<number, () => void>();
  function open(index: number): void {
    if (isClosed) return;
    state.opened++;
    const started = Date.now();
    const bytes = signedBytes(caller, 'Encrypt', { KeyId: 'x'.repeat(1000) });
    const start = index % 2 === 0 ? 10 : bytes.indexOf('\r\n\r\n') + 4;
    const socket = connect({ port, host: '127.0.0.1' });
    socket.write(bytes.subarray(0, start));
    let sent = start;
    const timer = setInterval(() => {
      state.longest = Math.max(state.longest, Date.now() - started);
      if (sent < bytes.length - 1) socket.write(bytes.subarray(sent, ++sent));
    }, drip);
    socket.on('error', () => {});
    socket.on('data', () => {});
    socket.on('close', () => {
      clearInterval(timer);
      if (isClosed) return;
      state.hungUp++;
      setTimeout(() => open(index), drip);
    });
    closers.set(index, () => socket.destroy());
  }
  for (let index = 0; index < count; index++) open(index);
  return {
    get opened() {
      return state.opened;
    },
    get hungUp() {
      return state.hungUp;
    },
    get longest() {
      return state.longest;
    },
    close() {
      isClosed = true;
      for (const close of closers.values()) close();
    },
  };
}
