// GenerateDataKey, GenerateDataKeyWithoutPlaintext, GenerateRandom.
import { randomBytes } from '../keys/random.ts';
import type {
  GenerateDataKeyOutput,
  GenerateDataKeyWithoutPlaintextOutput,
  GenerateRandomOutput,
} from '../model/api/index.ts';
import {
  CustomKeyStoreNotFoundException,
  InvalidKeyUsageException,
  ValidationException,
} from '../model/errors/index.ts';
import { currentMaterial, requireEnabled, requireUsage } from '../model/key-record.ts';
import {
  customKeyStoreIdMember,
  dataKeySpecMember,
  dryRunMember,
  grantTokensMember,
  keyIdMember,
  numberOfBytesMember,
  recipientMember,
} from '../model/members.ts';
import { type Bytes, structure, textMap } from '../model/shape.ts';
import { authorise, authoriseInAccount } from './authorise.ts';
import { endDryRun } from './dry-run.ts';
import { type Body, recordUse, refuseRecipient, resolve, type Service, serviceFor } from './service.ts';
import { arnOf, contextOf, sealBlob } from './symmetric.ts';

const standard = 'SYMMETRIC_DEFAULT';

const dataKeyRequest = structure(
  { KeyId: keyIdMember },
  {
    EncryptionContext: textMap,
    NumberOfBytes: numberOfBytesMember,
    KeySpec: dataKeySpecMember,
    GrantTokens: grantTokensMember,
    Recipient: recipientMember,
    DryRun: dryRunMember,
  },
);

export function generateDataKey(service: Service, input: unknown): Promise<Body<GenerateDataKeyOutput>> {
  return generate(service, input, 'GenerateDataKey');
}

async function generate(
  from: Service,
  input: unknown,
  operation: 'GenerateDataKey' | 'GenerateDataKeyWithoutPlaintext',
): Promise<Body<GenerateDataKeyOutput>> {
  const request = from.call.read(dataKeyRequest, input);
  const service = serviceFor(from, request.KeyId);
  const context = contextOf(request.EncryptionContext);
  const length = lengthOf(request);
  const key = await resolve(service, request.KeyId);
  await authorise(service, key, operation, request, { 'kms:EncryptionAlgorithm': 'SYMMETRIC_DEFAULT' });
  requireEnabled(key, service.scope);
  requireUsage(key, 'ENCRYPT_DECRYPT', operation, service.scope);
  if (key.spec !== standard)
    throw new InvalidKeyUsageException('You cannot generate a data key with an asymmetric CMK');
  refuseRecipient(request.Recipient);
  endDryRun(request);
  const Plaintext: Bytes = randomBytes(length);
  const CiphertextBlob = await sealBlob(service, key, context, Plaintext);
  recordUse(service, key, operation);
  return { CiphertextBlob, Plaintext, KeyId: arnOf(service, key), KeyMaterialId: currentMaterial(key).id };
}

export async function generateDataKeyWithoutPlaintext(
  service: Service,
  input: unknown,
): Promise<Body<GenerateDataKeyWithoutPlaintextOutput>> {
  const { Plaintext, ...rest } = await generate(service, input, 'GenerateDataKeyWithoutPlaintext');
  Plaintext.fill(0);
  return rest;
}

function lengthOf(request: {
  readonly NumberOfBytes: number | undefined;
  readonly KeySpec: 'AES_128' | 'AES_256' | undefined;
}): number {
  if ((request.NumberOfBytes === undefined) === (request.KeySpec === undefined)) {
    throw new ValidationException('Please specify either number of bytes or key spec.');
  }
  return request.NumberOfBytes ?? (request.KeySpec === 'AES_128' ? 16 : 32);
}

const randomRequest = structure(
  {},
  { NumberOfBytes: numberOfBytesMember, CustomKeyStoreId: customKeyStoreIdMember, Recipient: recipientMember },
);

export async function generateRandom(service: Service, input: unknown): Promise<Body<GenerateRandomOutput>> {
  const request = service.call.read(randomRequest, input);
  authoriseInAccount(service, 'GenerateRandom');
  if (request.NumberOfBytes === undefined) throw new ValidationException('NumberOfBytes is required.');
  if (request.CustomKeyStoreId !== undefined)
    throw new CustomKeyStoreNotFoundException('There are no custom key stores here.');
  refuseRecipient(request.Recipient);
  return { Plaintext: randomBytes(request.NumberOfBytes) };
}
