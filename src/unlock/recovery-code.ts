// A recovery code: 130 random bits for paper, in Crockford's base 32 (no I, L, O, U), with check symbols that put one slip of the
// hand right. The code is a key by itself, so nothing has to be stretched and nothing has to be remembered.
import { utf8 } from '../formats/bytes.ts';
import { randomBytes } from '../keys/random.ts';
import { deriveSlotKey, type SlotPlace } from '../keys/root.ts';
import type { UnlockMethod } from '../keys/unlock-method.ts';
import { ValidationException } from '../model/errors/index.ts';
import { checkLength, corrected, hasChecksum, withChecksum } from './code-checksum.ts';
import { ownText } from './options.ts';

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const dataLength = 26;
const codeLength = dataLength + checkLength;
const groupLength = 5;

/** A new code: six groups of five, such as `8Q2ZK-...`. Show it once, have it printed or written down, and keep it nowhere. */
export function newRecoveryCode(): string {
  const data = [...randomBytes(dataLength)].map((byte) => byte & 31);
  return print(withChecksum(data));
}

export interface ReadCode {
  /** The code as it was given out. */
  readonly code: string;
  /** True where a slip of the hand was put right. */
  readonly isCorrected: boolean;
}

/**
 * Reads a code as people write it: case, spaces and dashes do not matter, O is 0, I and L are 1, and one wrong, missing or
 * additional symbol, or two that changed places, are put right.
 * @throws ValidationException where it is no code
 */
export function readRecoveryCode(text: string): ReadCode {
  if (typeof text !== 'string') throw new ValidationException('The recovery code must be a string.');
  const symbols = [...text.toUpperCase().replace(/[\s\-\u2010-\u2015_.]/g, '')].map((character) =>
    alphabet.indexOf(character.replace('O', '0').replace(/[IL]/, '1')),
  );
  // A symbol that is none stands for one that was misread.
  const readable = symbols.map((symbol) => Math.max(symbol, 0));
  const isNear = Math.abs(symbols.length - codeLength) <= 1 && symbols.filter((symbol) => symbol < 0).length <= 1;
  const isWhole = symbols.length === codeLength && symbols.every((symbol) => symbol >= 0) && hasChecksum(symbols);
  const code = isWhole ? symbols : isNear ? corrected(readable, codeLength) : undefined;
  if (code === undefined)
    throw new ValidationException(
      `The recovery code is not whole: it has ${codeLength} letters and digits in groups of ${groupLength}. Compare it with the paper.`,
    );
  return { code: print(code), isCorrected: !isWhole };
}

/** @throws ValidationException where it is no code: `newRecoveryCode()` makes one */
export function recoveryCode(text: string, options: { label?: string | undefined } = {}): UnlockMethod {
  const { code } = readRecoveryCode(text);
  const keyOf = async (place: SlotPlace) => {
    const secret = utf8(code.replaceAll('-', '').slice(0, dataLength));
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

function print(symbols: readonly number[]): string {
  const text = symbols.map((symbol) => alphabet[symbol]).join('');
  return text.replace(/.{5}(?=.)/g, '$&-');
}
