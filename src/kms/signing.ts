// Sign and Verify.
import { sign as signWith, verify as verifyWith } from '../keys/signatures.ts';
import { messageTypeMember, requireAlgorithm, requireMessage, signingAlgorithmMember } from '../model/algorithms.ts';
import type { SignOutput, VerifyOutput } from '../model/api/index.ts';
import { KMSInvalidSignatureException } from '../model/errors/index.ts';
import { requireEnabled, requireUsage } from '../model/key-record.ts';
import { ciphertextMember, dryRunMember, grantTokensMember, keyIdMember, messageMember } from '../model/members.ts';
import { structure } from '../model/shape.ts';
import { pairSpecOf, publicKeyOf, secretOf } from './asymmetric.ts';
import { authorise } from './authorise.ts';
import type { Conditions } from './conditions.ts';
import { endDryRun } from './dry-run.ts';
import { type Body, recordUse, resolve, type Service, serviceFor } from './service.ts';
import { arnOf } from './symmetric.ts';

const optional = { MessageType: messageTypeMember, GrantTokens: grantTokensMember, DryRun: dryRunMember };
const conditionsOf = (algorithm: string, type: string): Conditions => ({
  'kms:SigningAlgorithm': algorithm,
  'kms:MessageType': type,
});

const signRequest = structure(
  { KeyId: keyIdMember, Message: messageMember, SigningAlgorithm: signingAlgorithmMember },
  optional,
);

export async function sign(from: Service, input: unknown): Promise<Body<SignOutput>> {
  const request = from.call.read(signRequest, input);
  const service = serviceFor(from, request.KeyId);
  const { SigningAlgorithm: algorithm, Message: message, MessageType: type = 'RAW' } = request;
  const key = await resolve(service, request.KeyId);
  await authorise(service, key, 'Sign', request, conditionsOf(algorithm, type));
  requireEnabled(key, service.scope);
  requireUsage(key, 'SIGN_VERIFY', 'Sign', service.scope);
  requireAlgorithm(key, algorithm);
  requireMessage(key, algorithm, type, message.length);
  endDryRun(request);
  const Signature = await signWith(await secretOf(service, key), pairSpecOf(key), { algorithm, type, message });
  recordUse(service, key, 'Sign');
  return { KeyId: arnOf(service, key), Signature, SigningAlgorithm: algorithm };
}

const verifyRequest = structure(
  {
    KeyId: keyIdMember,
    Message: messageMember,
    Signature: ciphertextMember,
    SigningAlgorithm: signingAlgorithmMember,
  },
  optional,
);

export async function verify(from: Service, input: unknown): Promise<Body<VerifyOutput>> {
  const request = from.call.read(verifyRequest, input);
  const service = serviceFor(from, request.KeyId);
  const { SigningAlgorithm: algorithm, Message: message, MessageType: type = 'RAW' } = request;
  const key = await resolve(service, request.KeyId);
  await authorise(service, key, 'Verify', request, conditionsOf(algorithm, type));
  requireEnabled(key, service.scope);
  requireUsage(key, 'SIGN_VERIFY', 'Verify', service.scope);
  requireAlgorithm(key, algorithm);
  requireMessage(key, algorithm, type, message.length);
  const signed = { algorithm, type, message };
  const isValid = await verifyWith(publicKeyOf(key), pairSpecOf(key), signed, request.Signature);
  if (!isValid) throw new KMSInvalidSignatureException();
  endDryRun(request);
  recordUse(service, key, 'Verify');
  return { KeyId: arnOf(service, key), SignatureValid: true, SigningAlgorithm: algorithm };
}
