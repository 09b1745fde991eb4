// Encrypt, Decrypt, ReEncrypt. Each reads as its list of steps: read the request, resolve, authorise, check state and
// algorithm, seal or open.

import { encryptionAlgorithmMember } from '../model/algorithms.ts';
import type { DecryptOutput, EncryptOutput, ReEncryptOutput } from '../model/api/index.ts';
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
import { readRequest, structure, textMap } from '../model/shape.ts';
import { endDryRun, ignoresCiphertext } from './dry-run.ts';
import { decryptWith, encryptWith, newMaterialId, requireCipher, requireRoom } from './encryption.ts';
import { authorise, type Body, refuseRecipient, resolve, type Service } from './service.ts';
import { resolveNamed, resolveSource } from './source.ts';
import { arnOf, contextOf } from './symmetric.ts';

const standard = 'SYMMETRIC_DEFAULT';

const encryptRequest = structure(
  { KeyId: keyIdMember, Plaintext: plaintextMember },
  {
    EncryptionContext: textMap,
    GrantTokens: grantTokensMember,
    EncryptionAlgorithm: encryptionAlgorithmMember,
    DryRun: dryRunMember,
  },
);

export async function encrypt(service: Service, input: unknown): Promise<Body<EncryptOutput>> {
  const request = readRequest(encryptRequest, input);
  const context = contextOf(request.EncryptionContext);
  const key = await resolve(service, request.KeyId);
  authorise(request);
  requireEnabled(key, service.scope);
  const cipher = { key, algorithm: request.EncryptionAlgorithm ?? standard, context };
  requireCipher(service, cipher, 'Encrypt');
  requireRoom(cipher, request.Plaintext.length);
  endDryRun(request);
  const CiphertextBlob = await encryptWith(service, cipher, request.Plaintext);
  request.Plaintext.fill(0);
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

export async function decrypt(service: Service, input: unknown): Promise<Body<DecryptOutput>> {
  const request = readRequest(decryptRequest, input);
  const context = contextOf(request.EncryptionContext);
  if (ignoresCiphertext(request)) {
    await resolveNamed(service, request.KeyId, 'keyId');
    authorise(request);
    endDryRun(request);
  }
  const algorithm = request.EncryptionAlgorithm ?? standard;
  const source = await resolveSource(service, request.CiphertextBlob, request.KeyId, algorithm);
  const { key, blob } = source;
  authorise(request);
  requireEnabled(key, service.scope);
  const cipher = { key, algorithm, context };
  requireCipher(service, cipher, 'Decrypt');
  refuseRecipient(request.Recipient);
  const Plaintext = await decryptWith(service, cipher, source);
  if (request.DryRun) Plaintext.fill(0);
  endDryRun(request);
  const KeyMaterialId = blob?.materialId;
  return {
    KeyId: arnOf(service, key),
    Plaintext,
    EncryptionAlgorithm: algorithm,
    ...(KeyMaterialId === undefined ? {} : { KeyMaterialId }),
  };
}

const reEncryptRequest = structure(
  { DestinationKeyId: keyIdMember },
  {
    CiphertextBlob: ciphertextMember,
    SourceEncryptionContext: textMap,
    SourceKeyId: keyIdMember,
    DestinationEncryptionContext: textMap,
    SourceEncryptionAlgorithm: encryptionAlgorithmMember,
    DestinationEncryptionAlgorithm: encryptionAlgorithmMember,
    GrantTokens: grantTokensMember,
    DryRun: dryRunMember,
    DryRunModifiers: dryRunModifiersMember,
  },
);

export async function reEncrypt(service: Service, input: unknown): Promise<Body<ReEncryptOutput>> {
  const request = readRequest(reEncryptRequest, input);
  const sourceContext = contextOf(request.SourceEncryptionContext);
  const destinationContext = contextOf(request.DestinationEncryptionContext);
  if (ignoresCiphertext(request)) {
    await resolveNamed(service, request.SourceKeyId, 'sourceKeyId');
    await resolve(service, request.DestinationKeyId);
    authorise(request);
    endDryRun(request);
  }
  const sourceAlgorithm = request.SourceEncryptionAlgorithm ?? standard;
  const source = await resolveSource(service, request.CiphertextBlob, request.SourceKeyId, sourceAlgorithm);
  const destination = await resolve(service, request.DestinationKeyId);
  authorise(request);
  requireEnabled(source.key, service.scope);
  requireEnabled(destination, service.scope);
  const from = { key: source.key, algorithm: sourceAlgorithm, context: sourceContext };
  const to = {
    key: destination,
    algorithm: request.DestinationEncryptionAlgorithm ?? standard,
    context: destinationContext,
  };
  requireCipher(service, from, 'ReEncrypt');
  requireCipher(service, to, 'ReEncrypt');
  // The plaintext lives between these two lines only.
  const plaintext = await decryptWith(service, from, source);
  try {
    requireRoom(to, plaintext.length);
    endDryRun(request);
    const SourceKeyMaterialId = source.blob?.materialId;
    const DestinationKeyMaterialId = newMaterialId(destination);
    return {
      CiphertextBlob: await encryptWith(service, to, plaintext),
      SourceKeyId: arnOf(service, source.key),
      KeyId: arnOf(service, destination),
      SourceEncryptionAlgorithm: from.algorithm,
      DestinationEncryptionAlgorithm: to.algorithm,
      ...(SourceKeyMaterialId === undefined ? {} : { SourceKeyMaterialId }),
      ...(DestinationKeyMaterialId === undefined ? {} : { DestinationKeyMaterialId }),
    };
  } finally {
    plaintext.fill(0);
  }
}
