// The operations that use keys: what AWS calls cryptographic operations, or the data plane. Nearly every page encrypts, so those
// families are loaded while the keyring opens, the others at their first call.
import type * as api from '../model/api/index.ts';
import { answer } from './answer.ts';
import { family } from './family.ts';
import { ManagementOperations } from './management-operations.ts';
import type { IdleService } from './service.ts';

type Options = api.CallOptions | undefined;

const ciphers = family(() => import('./ciphers.ts'));
const dataKeys = family(() => import('./data-keys.ts'));

/** Begins to load what nearly every page uses. Where that fails, the first call that needs it tries again, and tells. */
export function loadAhead(): void {
  for (const each of [ciphers, dataKeys]) each.load().catch(() => {});
}

const reEncryption = family(() => import('./re-encryption.ts'));
const signing = family(() => import('./signing.ts'));
const macs = family(() => import('./macs.ts'));
const publicKeys = family(() => import('./public-keys.ts'));
const dataKeyPairs = family(() => import('./data-key-pairs.ts'));
const agreement = family(() => import('./agreement.ts'));
const encapsulation = family(() => import('./encapsulation.ts'));

/** The third part of `Kms`. A method reads its whole input before it returns its promise. */
export class CryptographicOperations extends ManagementOperations {
  readonly #service: IdleService;

  /** @internal */
  constructor(service: IdleService) {
    super(service);
    this.#service = service;
  }

  // Symmetric keys

  encrypt(input: api.EncryptInput, options?: Options): Promise<api.EncryptOutput> {
    return answer(this.#service, 'Encrypt', ciphers('encrypt'), input, options);
  }
  decrypt(input: api.DecryptInput, options?: Options): Promise<api.DecryptOutput> {
    return answer(this.#service, 'Decrypt', ciphers('decrypt'), input, options);
  }
  reEncrypt(input: api.ReEncryptInput, options?: Options): Promise<api.ReEncryptOutput> {
    return answer(this.#service, 'ReEncrypt', reEncryption('reEncrypt'), input, options);
  }
  generateDataKey(input: api.GenerateDataKeyInput, options?: Options): Promise<api.GenerateDataKeyOutput> {
    return answer(this.#service, 'GenerateDataKey', dataKeys('generateDataKey'), input, options);
  }
  generateDataKeyWithoutPlaintext(
    input: api.GenerateDataKeyWithoutPlaintextInput,
    options?: Options,
  ): Promise<api.GenerateDataKeyWithoutPlaintextOutput> {
    return answer(
      this.#service,
      'GenerateDataKeyWithoutPlaintext',
      dataKeys('generateDataKeyWithoutPlaintext'),
      input,
      options,
    );
  }
  generateRandom(input: api.GenerateRandomInput = {}, options?: Options): Promise<api.GenerateRandomOutput> {
    return answer(this.#service, 'GenerateRandom', dataKeys('generateRandom'), input, options);
  }

  // Key pairs and MAC keys

  sign(input: api.SignInput, options?: Options): Promise<api.SignOutput> {
    return answer(this.#service, 'Sign', signing('sign'), input, options);
  }
  verify(input: api.VerifyInput, options?: Options): Promise<api.VerifyOutput> {
    return answer(this.#service, 'Verify', signing('verify'), input, options);
  }
  generateMac(input: api.GenerateMacInput, options?: Options): Promise<api.GenerateMacOutput> {
    return answer(this.#service, 'GenerateMac', macs('generateMac'), input, options);
  }
  verifyMac(input: api.VerifyMacInput, options?: Options): Promise<api.VerifyMacOutput> {
    return answer(this.#service, 'VerifyMac', macs('verifyMac'), input, options);
  }
  getPublicKey(input: api.GetPublicKeyInput, options?: Options): Promise<api.GetPublicKeyOutput> {
    return answer(this.#service, 'GetPublicKey', publicKeys('getPublicKey'), input, options);
  }
  generateDataKeyPair(input: api.GenerateDataKeyPairInput, options?: Options): Promise<api.GenerateDataKeyPairOutput> {
    return answer(this.#service, 'GenerateDataKeyPair', dataKeyPairs('generateDataKeyPair'), input, options);
  }
  generateDataKeyPairWithoutPlaintext(
    input: api.GenerateDataKeyPairWithoutPlaintextInput,
    options?: Options,
  ): Promise<api.GenerateDataKeyPairWithoutPlaintextOutput> {
    return answer(
      this.#service,
      'GenerateDataKeyPairWithoutPlaintext',
      dataKeyPairs('generateDataKeyPairWithoutPlaintext'),
      input,
      options,
    );
  }
  deriveSharedSecret(input: api.DeriveSharedSecretInput, options?: Options): Promise<api.DeriveSharedSecretOutput> {
    return answer(this.#service, 'DeriveSharedSecret', agreement('deriveSharedSecret'), input, options);
  }
  encapsulate(input: api.EncapsulateInput, options?: Options): Promise<api.EncapsulateOutput> {
    return answer(this.#service, 'Encapsulate', encapsulation('encapsulate'), input, options);
  }
  decapsulate(input: api.DecapsulateInput, options?: Options): Promise<api.DecapsulateOutput> {
    return answer(this.#service, 'Decapsulate', encapsulation('decapsulate'), input, options);
  }
}
