// Data keys wrapped under an RSA public key by RSAES-OAEP with SHA-1: a length byte, the data key, and the name of the content
// algorithm, which the reader compares. Whoever has the public key can write objects; nobody is told by one who wrote it.
import { type Bytes, concat, isEqual, utf8 } from '../formats/bytes.ts';
import type { Pairs } from '../formats/s3/metadata-text.ts';
import { type ContentAlgorithm, dataKeyLength } from '../formats/s3/object.ts';
import { isOaepSha1, openUnder, sealUnder } from '../keys/oaep-given.ts';
import { randomBytes } from '../keys/random.ts';
import { InvalidCiphertextException, ObjectFormatRefused, ValidationException } from '../model/errors/index.ts';
import { exactly } from '../model/options.ts';
import { readRequest, type Shape, textMap } from '../model/shape.ts';
import { refuseContext, type S3Keyring, takeDataKey } from './keyring.ts';

export interface RsaKeyringOptions {
  /** To write: a CryptoKey for RSA-OAEP with SHA-1 and the usage `encrypt`. */
  publicKey?: CryptoKey | undefined;
  /** To read: a CryptoKey for RSA-OAEP with SHA-1 and the usage `decrypt`, best not extractable. */
  privateKey?: CryptoKey | undefined;
  /** Text pairs stored with new objects, in clear and not authenticated, to find the key by. */
  materialDescription?: Readonly<Record<string, string>> | undefined;
}

const handle =
  (usage: 'encrypt' | 'decrypt'): Shape<CryptoKey> =>
  (value, place) => {
    const isHandle = Object.prototype.toString.call(value) === '[object CryptoKey]';
    if (!isHandle || !isOaepSha1(value as CryptoKey, usage))
      throw new ValidationException(`${place.argument} must be a CryptoKey for RSA-OAEP with SHA-1, usage ${usage}.`);
    return value as CryptoKey;
  };
const optionsShape = exactly(
  {},
  { publicKey: handle('encrypt'), privateKey: handle('decrypt'), materialDescription: textMap },
);

/** @throws ValidationException where a key is for something else */
export function rsaKeyring(options: RsaKeyringOptions): S3Keyring {
  const { publicKey, privateKey, materialDescription = [] } = readRequest(optionsShape, options);
  return {
    async makeDataKey({ contentAlgorithm, context }) {
      refuseContext(context);
      if (publicKey === undefined)
        throw new ValidationException('publicKey must be given to rsaKeyring to write objects.');
      const dataKey = randomBytes(dataKeyLength);
      const pseudoKey = concat(Uint8Array.of(dataKeyLength), dataKey, utf8(contentAlgorithm));
      try {
        const wrappedKey = await sealUnder(publicKey, pseudoKey);
        const description: Pairs = materialDescription;
        return { dataKey, wrapped: { wrapAlgorithm: 'RSA-OAEP-SHA1', wrappedKey, description } };
      } finally {
        pseudoKey.fill(0);
      }
    },

    async openDataKey({ wrapAlgorithm, wrappedKey }, { contentAlgorithm, context }) {
      refuseContext(context);
      if (wrapAlgorithm.startsWith('RSA') && wrapAlgorithm !== 'RSA-OAEP-SHA1')
        throw new ObjectFormatRefused(
          `The data key is wrapped by ${wrapAlgorithm}, which WebCrypto does not offer. Read the object with an official client and ` +
            'write it anew.',
        );
      if (privateKey === undefined)
        throw new ValidationException('privateKey must be given to rsaKeyring to read objects.');
      if (wrapAlgorithm !== 'RSA-OAEP-SHA1') throw new InvalidCiphertextException();
      return takeDataKey(unpack(await openUnder(privateKey, wrappedKey), contentAlgorithm), contentAlgorithm);
    },
  };
}

/** The data key of a pseudo key, or undefined where its length or the name behind it is another. */
function unpack(pseudoKey: Bytes | undefined, contentAlgorithm: ContentAlgorithm): Bytes | undefined {
  if (pseudoKey === undefined) return undefined;
  const end = 1 + (pseudoKey[0] ?? 0);
  const isForThis = isEqual(pseudoKey.subarray(end), utf8(contentAlgorithm));
  const dataKey = isForThis ? pseudoKey.slice(1, end) : undefined;
  pseudoKey.fill(0);
  return dataKey;
}
