// Both devices meet at the relay beside the app.
import { httpRelayTransport, type Transport } from 'keyhaven/devices';

export const transport = (): Transport => httpRelayTransport(new URL('./relay', location.href), { pause: 300 });

/** Nobody waits at a code for longer, in milliseconds. */
export const patience = 300_000;
