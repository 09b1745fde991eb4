// GenerateDataKeyPair and GenerateDataKeyPairWithoutPlaintext: a key pair for the caller's own use, whose private half is
// encrypted under a symmetric key.
import { requireAlgorithm } from '../model/algorithms.ts';
import type { GenerateDataKeyPairOutput, GenerateDataKeyPairWithoutPlaintextOutput } from '../model/api/index.ts';
import { UnsupportedOperationException } from '../model/errors/index.ts';
import { currentMaterial, requireEnabled, requireUsage } from '../model/key-record.ts';
import { dataKeyPairSpecMember } from '../model/key-spec.ts';
import { dryRunMember, grantTokensMember, keyIdMember, recipientMember } from '../model/members.ts';
import { structure, textMap } from '../model/shape.ts';
import { authorise } from './authorise.ts';
import { endDryRun } from './dry-run.ts';
import { type Body, recordUse, refuseRecipient, resolve, type Service, serviceFor } from './service.ts';
import { arnOf, contextOf, sealBlob } from './symmetric.ts';

const dataKeyPairRequest = structure(
  { KeyId: keyIdMember, KeyPairSpec: dataKeyPairSpecMember },
  {
    EncryptionContext: textMap,
    GrantTokens: grantTokensMember,
    Recipient: recipientMember,
    DryRun: dryRunMember,
  },
);

export async function generateDataKeyPair(
  from: Service,
  input: unknown,
  operation = 'GenerateDataKeyPair',
): Promise<Body<GenerateDataKeyPairOutput>> {
  const request = from.call.read(dataKeyPairRequest, input);
  const service = serviceFor(from, request.KeyId);
  const spec = request.KeyPairSpec;
  const context = contextOf(request.EncryptionContext);
  const key = await resolve(service, request.KeyId);
  await authorise(service, key, operation, request, {
    'kms:EncryptionAlgorithm': 'SYMMETRIC_DEFAULT',
    'kms:DataKeyPairSpec': spec,
  });
  requireEnabled(key, service.scope);
  requireUsage(key, 'ENCRYPT_DECRYPT', operation, service.scope);
  requireAlgorithm(key, 'SYMMETRIC_DEFAULT');
  if (spec === 'SM2')
    throw new UnsupportedOperationException('KeyPairSpec SM2 is not supported outside regions in China.');
  refuseRecipient(request.Recipient);
  endDryRun(request);
  const { generatePair } = await import('../keys/exportable-pair.ts');
  const { pkcs8, spki } = await generatePair(spec);
  const PrivateKeyCiphertextBlob = await sealBlob(service, key, context, pkcs8);
  recordUse(service, key, operation);
  return {
    PrivateKeyCiphertextBlob,
    PrivateKeyPlaintext: pkcs8,
    PublicKey: spki,
    KeyId: arnOf(service, key),
    KeyPairSpec: spec,
    KeyMaterialId: currentMaterial(key).id,
  };
}

export async function generateDataKeyPairWithoutPlaintext(
  service: Service,
  input: unknown,
): Promise<Body<GenerateDataKeyPairWithoutPlaintextOutput>> {
  const reply = await generateDataKeyPair(service, input, 'GenerateDataKeyPairWithoutPlaintext');
  const { PrivateKeyPlaintext, ...rest } = reply;
  PrivateKeyPlaintext.fill(0);
  return rest;
}
