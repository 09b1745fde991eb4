// The code that the new device shows: 60 random bits. It names the mailbox where the two devices meet, and encrypts what lies there, so
// that a relay learns nothing. It is good for one conversation. That the right devices met, the number says that both show.
import { hkdf } from '../cipher/hkdf.ts';
import { type Bytes, toHex, utf8 } from '../formats/bytes.ts';
import { randomBytes } from '../keys/random.ts';
import { SecretBox } from '../keys/secret-box.ts';
import { ValidationException } from '../model/errors/index.ts';
import { type CodeForm, dataOf, printCode, readCode } from '../unlock/printed-code.ts';

const form: CodeForm = { name: 'code', dataLength: 12, groupLength: 4 };
/** A QR code in its alphanumeric mode has letters of one case, and colons. */
const qrPrefix = 'KEYHAVEN:';

export const newDeviceCode = (): string => printCode(form, randomBytes(form.dataLength));

/** The text of a QR code. */
export const qrText = (code: string): string => qrPrefix + code.replaceAll('-', '');

/**
 * Reads a code as it is typed in, or the text of its QR code. One slip of the hand is put right.
 * @throws ValidationException where it is no code
 */
export function readDeviceCode(text: string): string {
  if (typeof text !== 'string') throw new ValidationException('code must be a string.');
  const upper = text.trim().toUpperCase();
  const bare = upper.startsWith(qrPrefix) ? upper.slice(qrPrefix.length) : upper;
  return readCode(form, bare, 'Compare it with the other device.').code;
}

export interface Meeting {
  /** The name of the mailbox: 32 hex digits. */
  readonly mailbox: string;
  /** Encrypts what lies in it. */
  readonly box: SecretBox;
  /** The symbols of the code that count, which the transcript begins with. */
  readonly symbols: string;
}

export async function meetingOf(code: string): Promise<Meeting> {
  const symbols = dataOf(form, code);
  const infos = ['mailbox', 'envelope'].map((purpose) => utf8(`keyhaven/v1/pairing-${purpose}`));
  const [name, key] = (await hkdf('SHA-256', utf8(symbols), new Uint8Array(0), infos, 32)) as [Bytes, Bytes];
  return { mailbox: toHex(name.subarray(0, 16)), box: await SecretBox.of(key), symbols };
}
