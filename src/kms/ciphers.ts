// Encrypt, Decrypt, ReEncrypt. Each reads as its list of steps: read the request, resolve, authorise, check state and
// algorithm, seal or open.
import type { DecryptOutput, EncryptOutput, ReEncryptOutput } from '../model/api/index.ts';
import { currentMaterial, type KeyRecord, requireEnabled } from '../model/key-record.ts';
import {
  ciphertextMember,
  dryRunMember,
  dryRunModifiersMember,
  type EncryptionAlgorithm,
  encryptionAlgorithmMember,
  grantTokensMember,
  keyIdMember,
  plaintextMember,
  recipientMember,
} from '../model/members.ts';
import { readRequest, structure, textMap } from '../model/shape.ts';
import { authorise } from './authorise.ts';
import type { Conditions } from './conditions.ts';
import { endDryRun, ignoresCiphertext } from './dry-run.ts';
import { type Body, recordUse, refuseRecipient, resolve, type Service } from './service.ts';
import { resolveNamed, resolveSource } from './source.ts';
import { arnOf, contextOf, openBlob, requireAlgorithm, sealBlob } from './symmetric.ts';

const algorithm = 'SYMMETRIC_DEFAULT';

const conditionsOf = (given: EncryptionAlgorithm | undefined): Conditions => ({
  'kms:EncryptionAlgorithm': given ?? algorithm,
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
  const request = readRequest(encryptRequest, input);
  const context = contextOf(request.EncryptionContext);
  const key = await resolve(service, request.KeyId);
  await authorise(service, key, 'Encrypt', request, conditionsOf(request.EncryptionAlgorithm));
  requireEnabled(key, service.scope);
  requireAlgorithm(key, request.EncryptionAlgorithm);
  endDryRun(request);
  const CiphertextBlob = await sealBlob(service, key, context, request.Plaintext);
  request.Plaintext.fill(0);
  recordUse(service, key, 'Encrypt');
  return { CiphertextBlob, KeyId: arnOf(service, key), EncryptionAlgorithm: algorithm };
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
    const named = await resolveNamed(service, request.KeyId, 'keyId');
    await authorise(service, named, 'Decrypt', request, conditionsOf(request.EncryptionAlgorithm));
    endDryRun(request);
  }
  const { key, blob } = await resolveSource(service, request.CiphertextBlob, request.KeyId);
  await authorise(service, key, 'Decrypt', request, conditionsOf(request.EncryptionAlgorithm));
  requireEnabled(key, service.scope);
  requireAlgorithm(key, request.EncryptionAlgorithm);
  refuseRecipient(request.Recipient);
  const Plaintext = await openBlob(service, key, context, blob);
  if (request.DryRun) Plaintext.fill(0);
  endDryRun(request);
  recordUse(service, key, 'Decrypt');
  return { KeyId: arnOf(service, key), Plaintext, EncryptionAlgorithm: algorithm, KeyMaterialId: blob.materialId };
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

const readReEncrypt = (input: unknown) => readRequest(reEncryptRequest, input);

export async function reEncrypt(service: Service, input: unknown): Promise<Body<ReEncryptOutput>> {
  const request = readReEncrypt(input);
  const sourceContext = contextOf(request.SourceEncryptionContext);
  const destinationContext = contextOf(request.DestinationEncryptionContext);
  if (ignoresCiphertext(request)) {
    const named = await resolveNamed(service, request.SourceKeyId, 'sourceKeyId');
    await authoriseBoth(service, request, named, await resolve(service, request.DestinationKeyId));
    endDryRun(request);
  }
  const { key: source, blob } = await resolveSource(service, request.CiphertextBlob, request.SourceKeyId);
  const destination = await resolve(service, request.DestinationKeyId);
  await authoriseBoth(service, request, source, destination);
  requireEnabled(source, service.scope);
  requireEnabled(destination, service.scope);
  requireAlgorithm(source, request.SourceEncryptionAlgorithm);
  requireAlgorithm(destination, request.DestinationEncryptionAlgorithm);
  // The plaintext lives between these two lines only.
  const plaintext = await openBlob(service, source, sourceContext, blob);
  try {
    endDryRun(request);
    const CiphertextBlob = await sealBlob(service, destination, destinationContext, plaintext);
    for (const key of new Set([source, destination])) recordUse(service, key, 'ReEncrypt');
    return {
      CiphertextBlob,
      SourceKeyId: arnOf(service, source),
      KeyId: arnOf(service, destination),
      SourceEncryptionAlgorithm: algorithm,
      DestinationEncryptionAlgorithm: algorithm,
      SourceKeyMaterialId: blob.materialId,
      DestinationKeyMaterialId: currentMaterial(destination).id,
    };
  } finally {
    plaintext.fill(0);
  }
}

/** ReEncrypt needs ReEncryptFrom on the one key and ReEncryptTo on the other, and neither Decrypt nor Encrypt. */
async function authoriseBoth(
  service: Service,
  request: ReturnType<typeof readReEncrypt>,
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
