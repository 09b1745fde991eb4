// Encrypt, Decrypt, ReEncrypt. Each reads as its list of steps: read the request, resolve, authorise, check state and
// algorithm, seal or open.

import type { DecryptOutput, EncryptOutput } from '../model/api/index.ts';
import { type EncryptionAlgorithm, encryptionAlgorithmMember } from '../model/encryption-algorithm.ts';
import { ValidationException } from '../model/errors/index.ts';
import { requireEnabled } from '../model/key-record.ts';
import {
  ciphertextMember,
  dryRunMember,
  dryRunModifiersMember,
  grantTokensMember,
  keyIdMember,
  plaintextMember,
  recipientMember,
} from '../model/members.ts';
import { structure, textMap } from '../model/shape.ts';
import { authorise } from './authorise.ts';
import type { Conditions } from './conditions.ts';
import { endDryRun, ignoresCiphertext } from './dry-run.ts';
import { decryptWith, encryptWith, newMaterialId, requireCipher, requireRoom } from './encryption.ts';
import { type Body, recordUse, refuseRecipient, resolve, type Service, serviceFor } from './service.ts';
import { authoriseSource, requireItsKey, resolveNamed, resolveSource } from './source.ts';
import { arnOf, contextOf } from './symmetric.ts';

const standard = 'SYMMETRIC_DEFAULT';

const conditionsOf = (given: EncryptionAlgorithm | undefined): Conditions => ({
  'kms:EncryptionAlgorithm': given ?? standard,
});

const encryptRequest = structure(
  { KeyId: keyIdMember, Plaintext: plaintextMember },
  {
    EncryptionContext: textMap,
    GrantTokens: grantTokensMember,
    EncryptionAlgorithm: encryptionAlgorithmMember,
    DryRun: dryRunMember,
  },
);

export async function encrypt(from: Service, input: unknown): Promise<Body<EncryptOutput>> {
  const request = from.call.read(encryptRequest, input);
  const service = serviceFor(from, request.KeyId);
  const context = contextOf(request.EncryptionContext);
  const key = await resolve(service, request.KeyId);
  await authorise(service, key, 'Encrypt', request, conditionsOf(request.EncryptionAlgorithm));
  requireEnabled(key, service.scope);
  const cipher = { key, algorithm: request.EncryptionAlgorithm ?? standard, context };
  requireCipher(service, cipher, 'Encrypt');
  await requireRoom(cipher, request.Plaintext.length);
  endDryRun(request);
  const keyMaterialId = newMaterialId(key);
  if (keyMaterialId !== undefined) service.call.add({ keyMaterialId });
  const CiphertextBlob = await encryptWith(service, cipher, request.Plaintext);
  request.Plaintext.fill(0);
  recordUse(service, key, 'Encrypt');
  return { CiphertextBlob, KeyId: arnOf(service, key), EncryptionAlgorithm: cipher.algorithm };
}

const decryptRequest = structure(
  {},
  {
    CiphertextBlob: ciphertextMember,
    EncryptionContext: textMap,
    GrantTokens: grantTokensMember,
    KeyId: keyIdMember,
    EncryptionAlgorithm: encryptionAlgorithmMember,
    Recipient: recipientMember,
    DryRun: dryRunMember,
    DryRunModifiers: dryRunModifiersMember,
  },
);

export async function decrypt(from: Service, input: unknown): Promise<Body<DecryptOutput>> {
  const request = from.call.read(decryptRequest, input);
  const named = serviceFor(from, request.KeyId);
  const context = contextOf(request.EncryptionContext);
  if (ignoresCiphertext(request)) {
    const key = await resolveNamed(named, request.KeyId, 'keyId');
    await authorise(named, key, 'Decrypt', request, conditionsOf(request.EncryptionAlgorithm));
    endDryRun(request);
  }
  const algorithm = request.EncryptionAlgorithm ?? standard;
  // A ciphertext of another algorithm names no key.
  if (algorithm !== standard && request.CiphertextBlob !== undefined && request.KeyId === undefined)
    throw new ValidationException('KeyId must not be null');
  const source = await resolveSource(named, request.CiphertextBlob, request.KeyId, algorithm);
  const { service, key, blob } = source;
  await authoriseSource(source, 'Decrypt', request, conditionsOf(request.EncryptionAlgorithm));
  requireItsKey(source, algorithm);
  requireEnabled(key, service.scope);
  const cipher = { key, algorithm, context };
  requireCipher(service, cipher, 'Decrypt');
  refuseRecipient(request.Recipient);
  const Plaintext = await decryptWith(service, cipher, source);
  if (request.DryRun) Plaintext.fill(0);
  endDryRun(request);
  recordUse(service, key, 'Decrypt');
  const KeyMaterialId = blob?.materialId;
  return {
    KeyId: arnOf(service, key),
    Plaintext,
    EncryptionAlgorithm: algorithm,
    ...(KeyMaterialId === undefined ? {} : { KeyMaterialId }),
  };
}
