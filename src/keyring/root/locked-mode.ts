// The mode of a keyring while it is locked.
import type { Store } from '../../store/port.ts';
import { macKeyRef } from '../tables.ts';
import type { Mode } from './mode.ts';

/** The mode of a keyring that is locked, as its rows lie there: a recoverable one can be locked, too. Nothing vouches for them then. */
export async function modeWhileLocked(store: Store): Promise<Mode> {
  const [row] = await store.read([macKeyRef]);
  return row?.key === undefined ? 'locked' : 'recoverable';
}
