// Where the root of a keyring is.
import type { CustodyKind } from '../../keys/custody.ts';

/**
 * `device`: there is no root, keys are CryptoKeys of the device. `recoverable`: keys are CryptoKeys of the device, each with a copy
 * under a root that lies in slots. `locked`: keys lie under that root only.
 */
export type Mode = 'device' | 'recoverable' | 'locked';

export const modes: readonly Mode[] = ['device', 'recoverable', 'locked'];

/** The mode that a record says. Keys under a root that the caller gives are locked without it. */
export const modeOf = ({ custody }: { readonly custody: CustodyKind }): Mode =>
  custody === 'wrapped' ? 'locked' : custody;
