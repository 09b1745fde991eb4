// Messages that are authentic and wrong: each field at its limits, with header tag, frame tags and signature made for it. Whole messages
// and streams must say the same of each, at once and with one error.
import { randomBytes } from 'node:crypto';
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { decrypt, decryptStream } from '../../src/esdk/index.ts';
import { drain, streamOf } from '../streams/flows.ts';
import { toHex } from '../support/bytes.ts';
import { contextOf, dataKeyOf, type Forgery, forge, forgedSuites, knowingKeyring } from './forge.ts';

const data = (length: number): Buffer => randomBytes(length);
const none = Buffer.alloc(0);
const final = (length: number, more: object = {}) => ({ data: data(length), isFinal: true, ...more });
const regular = (more: object = {}) => ({ data: data(16), ...more });

/** What must open, whatever it looks like. */
const right: Record<string, Forgery> = {
  'as it should be': {},
  'a full final frame': { frames: [regular(), final(16)] },
  'an empty final frame behind a full one': { frames: [regular(), final(0)] },
  'an empty message': { frames: [final(0)] },
  'IVs of frames that are not their numbers': { frames: [regular({ iv: data(12) }), final(3, { iv: data(12) })] },
  '600 frames of one byte': { frameLength: 1, frames: [...Array(600).fill({ data: data(1) }), final(1)] },
  'a single block': { block: { data: data(100) } },
  'an empty single block': { block: { data: none } },
  'data keys of 65535 bytes in each part': {
    dataKeys: [dataKeyOf('p'.repeat(65_535), data(65_535), data(65_535)), dataKeyOf('', none, none)],
  },
  '5000 data keys': { dataKeys: Array(5000).fill(dataKeyOf('', none, none)) },
};
/** Of suites without a signature, whose context is not the writer's. */
const rightContexts: Record<string, Forgery> = {
  'no context': { context: none },
  'byte order marks': { context: contextOf([['\ufeffa', '\ufeff']]) },
  'two normal forms of one text': {
    context: contextOf([
      ['e\u0301', '1'],
      ['\u00e9', '2'],
    ]),
  },
  'a reserved key that means nothing': { context: contextOf([['aws-crypto-other', 'x']]) },
  'an order that is not that of the keys': {
    context: contextOf([
      ['b', '1'],
      ['a', '2'],
    ]),
  },
  '65535 bytes': { context: contextOf([['a', 'x'.repeat(65_528)]]) },
};
const wrong: Record<string, Forgery> = {
  ...Object.fromEntries([0, 3, 255].map((contentType) => [`content type ${contentType}`, { contentType }])),
  ...Object.fromEntries([0, 3, 255].map((version) => [`version ${version}`, { version }])),
  ...Object.fromEntries([0, 0x0114, 0x0477, 0x05ff, 0xffff].map((idWritten) => [`suite ${idWritten}`, { idWritten }])),
  'frames of no length': { frameLength: 0, frames: [final(0)] },
  'a single block with a frame length': { block: { data: data(16) }, frameLength: 16 },
  'no data key': { dataKeys: [] },
  'a data key more than counted': { dataKeys: Array(2).fill(dataKeyOf('p', none, none)), dataKeyCount: 1 },
  'a provider id that is not UTF-8': { dataKeys: [dataKeyOf(Buffer.of(0xff, 0xfe), none, none)] },
  'an empty context that has a count': { context: Buffer.alloc(2) },
  'a context of one byte': { context: Buffer.alloc(1) },
  'a pair twice': {
    context: contextOf([
      ['a', 'b'],
      ['a', 'b'],
    ]),
  },
  'a key twice': {
    context: contextOf([
      ['a', 'b'],
      ['a', 'c'],
    ]),
  },
  'a pair less than counted': { context: contextOf([['a', 'b']], 2) },
  'a pair more than counted': { context: contextOf([['a', 'b']], 0) },
  'a key that is not UTF-8': { context: contextOf([[Buffer.of(0xc3), 'b']]) },
  'a surrogate as UTF-8': { context: contextOf([[Buffer.of(0xed, 0xa0, 0x80), 'b']]) },
  'a zero in two bytes': { context: contextOf([['a', Buffer.of(0xc0, 0x80)]]) },
  'a byte behind the context': { context: Buffer.concat([contextOf([['a', 'b']]), Buffer.alloc(1)]) },
  'a final frame longer than the others': { frames: [final(17)] },
  'a frame behind the final one': { frames: [final(16), regular()] },
  'numbers from 0': { frames: [regular({ sequence: 0 }), final(5, { sequence: 1 })] },
  'numbers from 2': { frames: [regular({ sequence: 2 }), final(5, { sequence: 3 })] },
  'a number left out': { frames: [regular(), final(5, { sequence: 3 })] },
  'a number twice': { frames: [regular(), final(5, { sequence: 1 })] },
  'a final frame with the number that marks it': { frames: [final(5, { sequence: 0xffff_ffff })] },
  'another length in the additional data': { frames: [regular({ authenticated: 15 }), final(5)] },
  'a length of the final frame that is too small': { frames: [final(5, { written: 4 })] },
  'something behind the message': { behind: Buffer.alloc(1) },
};
/** What a stream may also take for an end that came too early. */
const cut: Record<string, Forgery> = {
  'no final frame': { frames: [regular(), regular()] },
  'no frame at all': { frames: [] },
  'more data keys counted than there are': { dataKeyCount: 0xffff },
  'a length of the final frame that is too large': { frames: [final(5, { written: 16 })] },
  'a block that says it is longer': { block: { data: data(16), written: 17n } },
};
/** What a stream says it would have to hold. */
const huge: Record<string, Forgery> = {
  'a block of 2^63 bytes': { block: { data: data(16), written: 2n ** 63n } },
  'a block beyond what AES-GCM can': { block: { data: data(16), written: 2n ** 36n - 31n } },
  'a final frame of 4 GiB': { frameLength: 0xffff_ffff, frames: [final(5, { written: 0xffff_ffff })] },
};
const wrongInVersion1: Record<string, Forgery> = {
  ...Object.fromEntries([0, 0x7f, 0x81].map((type) => [`type ${type}`, { type }])),
  ...Object.fromEntries([0, 11, 13, 255].map((ivLength) => [`an IV length of ${ivLength}`, { ivLength }])),
  'a reserved field that is not zero': { reserved: 1 },
};
const wrongIfSigned: Record<string, Forgery> = {
  'no public key': { isPublicKeyLeftOut: true },
  'the point at infinity': { publicKey: Buffer.alloc(1) },
  'a public key that is no point': { publicKey: Buffer.alloc(49, 255).fill(2, 0, 1) },
  'an empty signature': { sign: () => none },
  'a signature of zeros': { sign: () => Buffer.from('3006020100020100', 'hex') },
  'a signature of negative numbers': { sign: () => Buffer.from('3006020181020181', 'hex') },
  'a byte behind the signature, inside its length': { sign: (own) => Buffer.concat([own, Buffer.alloc(1)]) },
  'a signature of 65535 bytes': { sign: () => Buffer.alloc(65_535, 0x30) },
};

const allowed = { commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT' } as const;

/** What comes of a message, read in every manner: the plaintext in hex, or the name of the error. */
async function readings(message: Uint8Array<ArrayBuffer>): Promise<string[]> {
  const whole = decrypt(knowingKeyring, message, allowed).then(
    ({ plaintext }) => toHex(plaintext),
    (error: Error) => error.name,
  );
  const streams = [[1], [message.length], [7, 300]].map(async (lengths, index) => {
    const signedMessages = index === 2 ? 'release-before-verification' : 'hold';
    const { readable, writable } = decryptStream(knowingKeyring, { ...allowed, signedMessages });
    // Byte by byte takes long for what is long.
    const cutInto = message.length > 20_000 ? [4096, 1] : lengths;
    const { pieces, error } = await drain(streamOf(message, cutInto).pipeThrough({ readable, writable }));
    return error === undefined ? toHex(pieces) : (error as Error).name;
  });
  return Promise.all([whole, ...streams]);
}

describe('a message that is authentic and wrong', () => {
  for (const id of forgedSuites)
    test(`is refused, and one that is odd and right opens: suite ${id.toString(16).padStart(4, '0')}`, async () => {
      const isVersion1 = id < 0x0400;
      const isSigned = [0x0214, 0x0378, 0x0578].includes(id);
      for (const [name, forgery] of Object.entries({ ...right, ...(isSigned ? {} : rightContexts) })) {
        const [plaintext = '', ...others] = await readings(forge(id, forgery));
        assert.match(plaintext, /^[0-9a-f]*$/, name);
        assert.deepEqual(new Set(others), new Set([plaintext]), name);
      }
      const refused = {
        ...wrong,
        ...(isVersion1 ? wrongInVersion1 : { 'another commitment': { commitKey: data(32) } }),
        ...(isSigned ? wrongIfSigned : { 'a public key': { context: contextOf([['aws-crypto-public-key', 'Ag==']]) } }),
      };
      for (const [name, forgery] of Object.entries<Forgery>(refused))
        assert.deepEqual(new Set(await readings(forge(id, forgery))), new Set(['InvalidCiphertextException']), name);
      for (const [names, forgeries] of [
        [['InvalidCiphertextException', 'StreamTruncated'], cut],
        [['InvalidCiphertextException', 'MessageRefused'], huge],
      ] as const)
        for (const [name, forgery] of Object.entries(forgeries)) {
          const [whole, ...streams] = await readings(forge(id, forgery));
          assert.equal(whole, 'InvalidCiphertextException', name);
          for (const stream of streams) assert.include(names, stream as string, name);
        }
    }, 60_000);
});
