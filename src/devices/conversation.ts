// What both sides of a conversation need: options read once, one life for everything that waits, and the number that both users compare.
import { type Bytes, utf8 } from '../formats/bytes.ts';
import type { Pairing } from '../kms/device-parcels.ts';
import { PairingFailed, PairingRefused, TransportFailed, ValidationException } from '../model/errors/index.ts';
import type { Line } from './line.ts';
import { mostNameLength } from './messages.ts';

/** What keys are passed between: a `Kms`, in the account and Region that its keys are of. */
export interface PairableKms {
  /** @internal */
  pairing(): Promise<Pairing>;
}

/** What a user is asked to compare and to confirm. */
export interface Comparison {
  /** Seven digits, such as `482 9173`: both devices must show the same. */
  readonly number: string;
  /** The other device, as it names itself: nothing vouches for the name but the number. */
  readonly device: string;
  /** Ids of the keys that go to the new device. */
  readonly keys: readonly string[];
  /** True where the new device is to open the root, and so every backup. */
  readonly opensRoot: boolean;
  /** Aborts when the answer is of no use any more, because the other side has ended the conversation. */
  readonly signal: AbortSignal;
}

/** Asks the user whether both devices show the same number. Only `true` goes on. */
export type Confirm = (seen: Comparison) => boolean | Promise<boolean>;

export const hpkeInfo: Bytes = utf8('keyhaven/v1/pairing-hpke');
export const replyLabel: Bytes = utf8('keyhaven/v1/pairing-reply');

/** One life for all that a conversation waits for: it ends with the conversation, or with the signal of the caller. */
export async function during<T>(signal: AbortSignal | undefined, act: (life: AbortSignal) => Promise<T>): Promise<T> {
  const life = new AbortController();
  const abort = () => life.abort(signal?.reason);
  if (signal?.aborted) throw signal.reason;
  signal?.addEventListener('abort', abort, { once: true });
  try {
    return await act(life.signal);
  } finally {
    signal?.removeEventListener('abort', abort);
    life.abort(new PairingFailed('The conversation is over.'));
  }
}

/** Runs one side, and tells the other where it fails. */
export async function speaking<T>(line: Line, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    // Where nothing is carried there is nobody to tell.
    if (!(error instanceof TransportFailed)) await line.stop(error);
    throw error;
  } finally {
    line.close();
  }
}

/** @throws PairingRefused where the user does not say that the numbers are the same */
export async function confirmed(confirm: Confirm, seen: Comparison): Promise<void> {
  if ((await confirm(seen)) === true) return;
  throw new PairingRefused('The user of this device did not confirm the number. Nothing was taken.');
}

/** @throws ValidationException */
export function checkName(name: unknown): string {
  if (typeof name !== 'string' || name.trim() === '' || name.length > mostNameLength)
    throw new ValidationException(`name must be 1 to ${mostNameLength} characters, such as "Ada's phone".`);
  return name;
}

/** @throws ValidationException */
export function checkFunction<T>(value: T | undefined, name: string): T {
  if (typeof value !== 'function') throw new ValidationException(`${name} must be a function.`);
  return value;
}

/** @throws ValidationException */
export function checkSignal(signal: AbortSignal | undefined): AbortSignal | undefined {
  if (signal === undefined || typeof signal.addEventListener === 'function') return signal;
  throw new ValidationException('signal must be an AbortSignal, such as AbortSignal.timeout(300_000).');
}
