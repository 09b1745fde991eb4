// A recovery code: 130 random bits for paper. The code is a key by itself, so nothing has to be stretched and nothing has to be
// remembered.
import { utf8 } from '../formats/bytes.ts';
import { randomBytes } from '../keys/random.ts';
import { deriveSlotKey, type SlotPlace } from '../keys/root.ts';
import type { UnlockMethod } from '../keys/unlock-method.ts';
import { checkOptions } from '../model/options.ts';
import { ownText } from './options.ts';
import { type CodeForm, dataOf, printCode, type ReadCode, readCode } from './printed-code.ts';

export type { ReadCode };

const form: CodeForm = { name: 'recovery code', dataLength: 26, groupLength: 5 };

/** A new code: six groups of five, such as `8Q2ZK-...`. Show it once, have it printed or written down, and keep it nowhere. */
export const newRecoveryCode = (): string => printCode(form, randomBytes(form.dataLength));

/**
 * Reads a code as people write it: case, spaces and dashes do not matter, O is 0, I and L are 1, and one wrong, missing or
 * additional symbol, or two that changed places, are put right.
 * @throws ValidationException where it is no code
 */
export const readRecoveryCode = (text: string): ReadCode => readCode(form, text, 'Compare it with the paper.');

/** @throws ValidationException where it is no code: `newRecoveryCode()` makes one */
export function recoveryCode(text: string, options: { label?: string | undefined } = {}): UnlockMethod {
  checkOptions(options, { label: true });
  const { code } = readRecoveryCode(text);
  const keyOf = async (place: SlotPlace) => {
    const secret = utf8(dataOf(form, code));
    try {
      return await deriveSlotKey(secret, 'recovery-code', place);
    } finally {
      secret.fill(0);
    }
  };
  return {
    kind: 'recovery-code',
    label: ownText(options, 'label', 'recovery code'),
    enrol: async (place) => ({ key: await keyOf(place), parameters: {} }),
    slotKey: ({ place }) => keyOf(place),
  };
}
