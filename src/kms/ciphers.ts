// Encrypt, Decrypt, ReEncrypt. Each reads as its list of steps: read the request, resolve, authorise, check state and
// algorithm, seal or open.

import { type EncryptionAlgorithm, encryptionAlgorithmMember } from '../model/algorithms.ts';
import type { DecryptOutput, EncryptOutput, ReEncryptOutput } from '../model/api/index.ts';
import { type KeyRecord, requireEnabled } from '../model/key-record.ts';
import {
  ciphertextMember,
  dryRunMember,
  dryRunModifiersMember,
  grantTokensMember,
  keyIdMember,
  plaintextMember,
  recipientMember,
} from '../model/members.ts';
import { type Read, structure, textMap } from '../model/shape.ts';
import { authorise } from './authorise.ts';
import type { Conditions } from './conditions.ts';
import { endDryRun, ignoresCiphertext } from './dry-run.ts';
import { decryptWith, encryptWith, newMaterialId, requireCipher, requireRoom } from './encryption.ts';
import { type Body, recordUse, refuseRecipient, resolve, type Service } from './service.ts';
import { resolveNamed, resolveSource } from './source.ts';
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

export async function encrypt(service: Service, input: unknown): Promise<Body<EncryptOutput>> {
  const request = service.call.read(encryptRequest, input);
  const context = contextOf(request.EncryptionContext);
  const key = await resolve(service, request.KeyId);
  await authorise(service, key, 'Encrypt', request, conditionsOf(request.EncryptionAlgorithm));
  requireEnabled(key, service.scope);
  const cipher = { key, algorithm: request.EncryptionAlgorithm ?? standard, context };
  requireCipher(service, cipher, 'Encrypt');
  requireRoom(cipher, request.Plaintext.length);
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

export async function decrypt(service: Service, input: unknown): Promise<Body<DecryptOutput>> {
  const request = service.call.read(decryptRequest, input);
  const context = contextOf(request.EncryptionContext);
  if (ignoresCiphertext(request)) {
    const named = await resolveNamed(service, request.KeyId, 'keyId');
    await authorise(service, named, 'Decrypt', request, conditionsOf(request.EncryptionAlgorithm));
    endDryRun(request);
  }
  const algorithm = request.EncryptionAlgorithm ?? standard;
  const source = await resolveSource(service, request.CiphertextBlob, request.KeyId, algorithm);
  const { key, blob } = source;
  await authorise(service, key, 'Decrypt', request, conditionsOf(request.EncryptionAlgorithm));
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

type ReEncryptRequest = Read<typeof reEncryptRequest>;

export async function reEncrypt(service: Service, input: unknown): Promise<Body<ReEncryptOutput>> {
  const request = service.call.read(reEncryptRequest, input);
  const sourceContext = contextOf(request.SourceEncryptionContext);
  const destinationContext = contextOf(request.DestinationEncryptionContext);
  if (ignoresCiphertext(request)) {
    const named = await resolveNamed(service, request.SourceKeyId, 'sourceKeyId');
    await authoriseBoth(service, request, named, await resolve(service, request.DestinationKeyId));
    endDryRun(request);
  }
  const sourceAlgorithm = request.SourceEncryptionAlgorithm ?? standard;
  const source = await resolveSource(service, request.CiphertextBlob, request.SourceKeyId, sourceAlgorithm);
  const destination = await resolve(service, request.DestinationKeyId);
  await authoriseBoth(service, request, source.key, destination);
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
    const CiphertextBlob = await encryptWith(service, to, plaintext);
    for (const key of new Map([source.key, destination].map((each) => [each.id, each])).values())
      recordUse(service, key, 'ReEncrypt');
    return {
      CiphertextBlob,
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

/** ReEncrypt needs ReEncryptFrom on the one key and ReEncryptTo on the other, and neither Decrypt nor Encrypt. */
async function authoriseBoth(
  service: Service,
  request: ReEncryptRequest,
  source: KeyRecord,
  destination: KeyRecord,
): Promise<void> {
  const { GrantTokens } = request;
  const isSame = { 'kms:ReEncryptOnSameKey': source.id === destination.id };
  await authorise(
    service,
    source,
    'ReEncryptFrom',
    { KeyId: request.SourceKeyId, EncryptionContext: request.SourceEncryptionContext, GrantTokens },
    { ...conditionsOf(request.SourceEncryptionAlgorithm), ...isSame },
  );
  await authorise(
    service,
    destination,
    'ReEncryptTo',
    { KeyId: request.DestinationKeyId, EncryptionContext: request.DestinationEncryptionContext, GrantTokens },
    { ...conditionsOf(request.DestinationEncryptionAlgorithm), ...isSame },
  );
}
