// Parts of an object by AES-CTR. GCM cannot be checked by parts, so nothing shows whether a part was changed; for v3 the
// commitment still shows that the key is the right one.
import { ctrReader } from '../cipher/unauthenticated.ts';
import { type Bytes, concat } from '../formats/bytes.ts';
import { mostPlaintextBytes, tagLength } from '../formats/s3/object.ts';
import { InvalidCiphertextException, ObjectFormatRefused, ValidationException } from '../model/errors/index.ts';
import { optionsReader } from '../model/options.ts';
import { copyBytes } from '../model/shape.ts';
import type { Parts } from '../streams/pipeline.ts';
import { streamPair } from '../streams/stream-pair.ts';
import { type Take, takeFrom } from '../streams/take.ts';
import { type BodyLike, formOf, type ObjectBody, workOn } from './body.ts';
import { type Content, openContent, parseDescription } from './content-key.ts';
import type { StoredObject } from './decrypt.ts';
import { type DecryptObjectOptions, readDecryptOptions } from './options.ts';

const blockLength = 16;

/** Bytes of the plaintext, the first and the last of them, as HTTP counts ranges. */
export interface PlaintextRange {
  readonly first: number;
  /** Where it is left out, or behind the end, the range goes to the end. */
  readonly last?: number | undefined;
}

/** A part of an object as it was stored. */
export interface StoredRange<Body> extends StoredObject<Body> {
  /** Where in the object the body begins: a multiple of 16. */
  readonly offset: number;
  /** Length of the whole object in bytes, its tag included. */
  readonly size: number;
}

/** Where to read so that a range can be decrypted: the value of a `Range` header. @throws ValidationException */
export function rangeHeader(range: PlaintextRange): string {
  const { first, last } = readRange(range);
  return `bytes=${first - (first % blockLength)}-${last === undefined ? '' : last}`;
}

/**
 * Decrypts a part of an object. **Nothing shows whether it is what was encrypted.** Use it where that does not matter, or where
 * something else shows it.
 * @param object the bytes that `rangeHeader` asks for; more on either side does no harm
 * @returns the plaintext of the range, in the form of the body; shorter where the object ends
 * @throws ValidationException where the range begins behind the end, or the body does not hold it; else as `decryptObject`
 */
export async function decryptRangeUnauthenticated<Body extends ObjectBody>(
  object: StoredRange<Body>,
  range: PlaintextRange,
  options: DecryptObjectOptions,
): Promise<BodyLike<Body>> {
  const { body, offset, size } = object;
  const terms = readDecryptOptions(options);
  const part = placeRange(readRange(range), offset, size);
  const header = parseDescription(object);
  const form = formOf(body);
  const source = form === 'bytes' ? copyBytes('body', body) : body;
  if (header.contentAlgorithm === 'AES/CBC/PKCS5Padding')
    throw new ObjectFormatRefused('The object is encrypted by AES-CBC: it can be read as a whole only.');
  const content = await openContent(header, terms);
  const opened = await workOn(source, form, {
    whole: (ciphertext) => openAtOnce(content, part, ciphertext),
    stream: () =>
      streamPair((take) => openPart(content, part, take), {
        keys: terms.keyring,
        forget: () => void content.key.fill(0),
      }),
  });
  return opened as BodyLike<Body>;
}

/** Where a range lies in the body. */
interface Part {
  /** Bytes of the body before the first block of the range. */
  readonly before: number;
  /** The number of that block in the object. */
  readonly block: number;
  /** Bytes of that block before the range. */
  readonly skip: number;
  readonly length: number;
}

function readRange(range: PlaintextRange): PlaintextRange {
  const own = optionsReader(range, { first: true, last: true }, 'range');
  const [first = Number.NaN, last] = [own('first'), own('last')];
  const isRange =
    Number.isSafeInteger(first) &&
    first >= 0 &&
    (last === undefined || (Number.isSafeInteger(last) && last >= first && last < mostPlaintextBytes));
  if (!isRange || first >= mostPlaintextBytes)
    throw new ValidationException('first and last must be whole numbers with 0 <= first <= last < 2^36 - 32.');
  return { first, last };
}

function placeRange({ first, last = mostPlaintextBytes }: PlaintextRange, offset: number, size: number): Part {
  if (!Number.isSafeInteger(size) || size < tagLength || size > mostPlaintextBytes + tagLength)
    throw new InvalidCiphertextException();
  const start = first - (first % blockLength);
  if (!Number.isSafeInteger(offset) || offset < 0 || offset % blockLength !== 0 || offset > start)
    throw new ValidationException(`offset must be a multiple of ${blockLength}, and at most ${start}.`);
  const plaintextLength = size - tagLength;
  if (first >= plaintextLength)
    throw new ValidationException(`first must be before the end of the plaintext, which has ${plaintextLength} bytes.`);
  const length = Math.min(last + 1, plaintextLength) - first;
  return { before: start - offset, block: start / blockLength, skip: first - start, length };
}

const pieceLength = 262_144;

async function* openPart({ key, iv }: Content, part: Part, take: Take): AsyncGenerator<Parts, void> {
  const reader = await ctrReader(key).finally(() => key.fill(0));
  try {
    for (let left = part.before; left > 0; ) {
      const passed = (await take(Math.min(left, pieceLength))).length;
      if (passed === 0) throw tooShort();
      left -= passed;
    }
    for (let done = 0, total = part.skip + part.length; done < total; ) {
      const wanted = Math.min(pieceLength, total - done);
      const ciphertext = await take(wanted);
      if (ciphertext.length < wanted) throw tooShort();
      const plaintext = await reader.decrypt(counterBlock(iv, part.block + done / blockLength), ciphertext);
      yield [done === 0 ? plaintext.slice(part.skip) : plaintext];
      done += wanted;
    }
  } finally {
    reader.close();
  }
}

async function openAtOnce(content: Content, part: Part, ciphertext: Bytes): Promise<Bytes> {
  let rest: Bytes | undefined = ciphertext;
  const take = takeFrom(async () => {
    const piece = rest;
    rest = undefined;
    return piece;
  });
  const pieces: Bytes[] = [];
  for await (const parts of openPart(content, part, take)) pieces.push(...parts);
  return concat(...pieces);
}

/** The counter of GCM's first block of data is 2 (NIST SP 800-38D, section 7.1, with an IV of 96 bits). */
function counterBlock(iv: Bytes, block: number): Bytes {
  const counter = new Uint8Array(blockLength);
  counter.set(iv);
  new DataView(counter.buffer).setUint32(iv.length, 2 + block, false);
  return counter;
}

const tooShort = (): ValidationException =>
  new ValidationException('The body ends before the range does: fetch what rangeHeader asks for.');
