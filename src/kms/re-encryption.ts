// ReEncrypt: out of one ciphertext and into another, without showing the plaintext to anyone.

import type { ReEncryptOutput } from '../model/api/index.ts';
import { type EncryptionAlgorithm, encryptionAlgorithmMember } from '../model/encryption-algorithm.ts';
import { type KeyRecord, requireEnabled } from '../model/key-record.ts';
import {
  ciphertextMember,
  dryRunMember,
  dryRunModifiersMember,
  grantTokensMember,
  keyIdMember,
} from '../model/members.ts';
import { type Read, structure, textMap } from '../model/shape.ts';
import { authorise } from './authorise.ts';
import type { Conditions } from './conditions.ts';
import { endDryRun, ignoresCiphertext } from './dry-run.ts';
import { decryptWith, encryptWith, newMaterialId, requireCipher, requireRoom } from './encryption.ts';
import { type Body, recordUse, resolve, type Service, serviceFor } from './service.ts';
import { authoriseSource, requireItsKey, resolveNamed, resolveSource } from './source.ts';
import { arnOf, contextOf } from './symmetric.ts';

const standard = 'SYMMETRIC_DEFAULT';

const conditionsOf = (given: EncryptionAlgorithm | undefined): Conditions => ({
  'kms:EncryptionAlgorithm': given ?? standard,
});

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
  // The two keys may be in two accounts.
  const named = serviceFor(service, request.SourceKeyId);
  const there = serviceFor(service, request.DestinationKeyId);
  if (ignoresCiphertext(request)) {
    const key = await resolveNamed(named, request.SourceKeyId, 'sourceKeyId');
    await authoriseBoth(request, [named, key], [there, await resolve(there, request.DestinationKeyId)]);
    endDryRun(request);
  }
  const sourceAlgorithm = request.SourceEncryptionAlgorithm ?? standard;
  const source = await resolveSource(named, request.CiphertextBlob, request.SourceKeyId, sourceAlgorithm);
  const here = source.service;
  const destination = await resolve(there, request.DestinationKeyId);
  await authoriseBoth(request, [here, source.key], [there, destination]);
  requireItsKey(source, sourceAlgorithm);
  requireEnabled(source.key, here.scope);
  requireEnabled(destination, there.scope);
  const from = { key: source.key, algorithm: sourceAlgorithm, context: sourceContext };
  const to = {
    key: destination,
    algorithm: request.DestinationEncryptionAlgorithm ?? standard,
    context: destinationContext,
  };
  requireCipher(here, from, 'ReEncrypt');
  requireCipher(there, to, 'ReEncrypt');
  // The plaintext lives between these two lines only.
  const plaintext = await decryptWith(here, from, source);
  try {
    await requireRoom(to, plaintext.length);
    endDryRun(request);
    const SourceKeyMaterialId = source.blob?.materialId;
    const DestinationKeyMaterialId = newMaterialId(destination);
    const CiphertextBlob = await encryptWith(there, to, plaintext);
    recordUse(here, source.key, 'ReEncrypt');
    if (source.key !== destination) recordUse(there, destination, 'ReEncrypt');
    return {
      CiphertextBlob,
      SourceKeyId: arnOf(here, source.key),
      KeyId: arnOf(there, destination),
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
  request: ReEncryptRequest,
  [here, source]: readonly [Service, KeyRecord],
  [there, destination]: readonly [Service, KeyRecord],
): Promise<void> {
  const { GrantTokens } = request;
  const isSame = { 'kms:ReEncryptOnSameKey': source.id === destination.id };
  await authoriseSource(
    { service: here, key: source },
    'ReEncryptFrom',
    { KeyId: request.SourceKeyId, EncryptionContext: request.SourceEncryptionContext, GrantTokens },
    { ...conditionsOf(request.SourceEncryptionAlgorithm), ...isSame },
  );
  await authorise(
    there,
    destination,
    'ReEncryptTo',
    { KeyId: request.DestinationKeyId, EncryptionContext: request.DestinationEncryptionContext, GrantTokens },
    { ...conditionsOf(request.DestinationEncryptionAlgorithm), ...isSame },
  );
}
