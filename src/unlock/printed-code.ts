// Codes that people read off a screen or off paper, in Crockford's base 32 (no I, L, O, U), with check symbols that put one slip of
// the hand right.
import { ValidationException } from '../model/errors/index.ts';
import { checkLength, corrected, hasChecksum, withChecksum } from './code-checksum.ts';

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** A kind of codes. */
export interface CodeForm {
  /** What it is called in messages, such as `recovery code`. */
  readonly name: string;
  /** Symbols of 5 bits each that are data. */
  readonly dataLength: number;
  /** Symbols between two dashes. */
  readonly groupLength: number;
}

export interface ReadCode {
  /** The code as it was given out. */
  readonly code: string;
  /** True where a slip of the hand was put right. */
  readonly isCorrected: boolean;
}

/** @param random as many bytes as the form has data symbols; five bits of each count */
export function printCode(form: CodeForm, random: Uint8Array): string {
  return print(form, withChecksum([...random].map((byte) => byte & 31)));
}

/** The data symbols of a code as it was printed, without dashes. */
export const dataOf = (form: CodeForm, code: string): string => code.replaceAll('-', '').slice(0, form.dataLength);

/**
 * Reads a code as people write it: case, spaces and dashes do not matter, O is 0, I and L are 1, and one wrong, missing or
 * additional symbol, or two that changed places, are put right.
 * @throws ValidationException where it is no code
 */
export function readCode(form: CodeForm, text: string, advice: string): ReadCode {
  if (typeof text !== 'string') throw new ValidationException(`The ${form.name} must be a string.`);
  const codeLength = form.dataLength + checkLength;
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
      `The ${form.name} is not whole: it has ${codeLength} letters and digits in groups of ${form.groupLength}. ${advice}`,
    );
  return { code: print(form, code), isCorrected: !isWhole };
}

function print({ groupLength }: CodeForm, symbols: readonly number[]): string {
  const text = symbols.map((symbol) => alphabet[symbol]).join('');
  return text.replace(new RegExp(`.{${groupLength}}(?=.)`, 'g'), '$&-');
}
