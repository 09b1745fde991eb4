// GenerateMac and VerifyMac.
import { isEqual } from '../formats/bytes.ts';
import { computeMac } from '../keys/macs.ts';
import { macAlgorithmMember, requireAlgorithm } from '../model/algorithms.ts';
import type { GenerateMacOutput, VerifyMacOutput } from '../model/api/index.ts';
import { KMSInvalidMacException } from '../model/errors/index.ts';
import { type KeyRecord, requireEnabled, requireUsage } from '../model/key-record.ts';
import type { MacSpec } from '../model/key-spec.ts';
import { ciphertextMember, dryRunMember, grantTokensMember, keyIdMember, messageMember } from '../model/members.ts';
import { type Bytes, structure } from '../model/shape.ts';
import { secretOf } from './asymmetric.ts';
import { authorise } from './authorise.ts';
import { endDryRun } from './dry-run.ts';
import { type Body, recordUse, resolve, type Service, serviceFor } from './service.ts';
import { arnOf } from './symmetric.ts';

const optional = { GrantTokens: grantTokensMember, DryRun: dryRunMember };
const generateMacRequest = structure(
  { KeyId: keyIdMember, Message: messageMember, MacAlgorithm: macAlgorithmMember },
  optional,
);

export async function generateMac(from: Service, input: unknown): Promise<Body<GenerateMacOutput>> {
  const request = from.call.read(generateMacRequest, input);
  const service = serviceFor(from, request.KeyId);
  const key = await resolve(service, request.KeyId);
  await authorise(service, key, 'GenerateMac', request, { 'kms:MacAlgorithm': request.MacAlgorithm });
  requireEnabled(key, service.scope);
  requireUsage(key, 'GENERATE_VERIFY_MAC', 'GenerateMac', service.scope);
  requireAlgorithm(key, request.MacAlgorithm);
  endDryRun(request);
  const Mac = await macOf(service, key, request.Message);
  recordUse(service, key, 'GenerateMac');
  return { Mac, MacAlgorithm: request.MacAlgorithm, KeyId: arnOf(service, key) };
}

const verifyMacRequest = structure(
  { KeyId: keyIdMember, Message: messageMember, MacAlgorithm: macAlgorithmMember, Mac: ciphertextMember },
  optional,
);

export async function verifyMac(from: Service, input: unknown): Promise<Body<VerifyMacOutput>> {
  const request = from.call.read(verifyMacRequest, input);
  const service = serviceFor(from, request.KeyId);
  const key = await resolve(service, request.KeyId);
  await authorise(service, key, 'VerifyMac', request, { 'kms:MacAlgorithm': request.MacAlgorithm });
  requireEnabled(key, service.scope);
  requireUsage(key, 'GENERATE_VERIFY_MAC', 'VerifyMac', service.scope);
  requireAlgorithm(key, request.MacAlgorithm);
  if (!isEqual(await macOf(service, key, request.Message), request.Mac)) throw new KMSInvalidMacException();
  endDryRun(request);
  recordUse(service, key, 'VerifyMac');
  return { KeyId: arnOf(service, key), MacValid: true, MacAlgorithm: request.MacAlgorithm };
}

async function macOf(service: Service, key: KeyRecord, message: Bytes): Promise<Bytes> {
  return computeMac(await secretOf(service, key), key.spec as MacSpec, message);
}
