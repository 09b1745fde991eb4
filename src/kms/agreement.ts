// DeriveSharedSecret.
import { keyAgreementAlgorithmMember, requireAlgorithm } from '../model/algorithms.ts';
import type { DeriveSharedSecretOutput } from '../model/api/index.ts';
import { ValidationException } from '../model/errors/index.ts';
import { requireEnabled, requireUsage } from '../model/key-record.ts';
import { dryRunMember, grantTokensMember, keyIdMember, publicKeyMember, recipientMember } from '../model/members.ts';
import { readRequest, structure } from '../model/shape.ts';
import { pairSpecOf, secretOf } from './asymmetric.ts';
import { endDryRun } from './dry-run.ts';
import { authorise, type Body, refuseRecipient, resolve, type Service } from './service.ts';

const deriveSharedSecretRequest = structure(
  { KeyId: keyIdMember, KeyAgreementAlgorithm: keyAgreementAlgorithmMember, PublicKey: publicKeyMember },
  { GrantTokens: grantTokensMember, DryRun: dryRunMember, Recipient: recipientMember },
);

export async function deriveSharedSecret(service: Service, input: unknown): Promise<Body<DeriveSharedSecretOutput>> {
  const request = readRequest(deriveSharedSecretRequest, input);
  const key = await resolve(service, request.KeyId);
  authorise(request);
  requireEnabled(key, service.scope);
  requireUsage(key, 'KEY_AGREEMENT', 'DeriveSharedSecret', service.scope);
  requireAlgorithm(key, request.KeyAgreementAlgorithm);
  refuseRecipient(request.Recipient);
  const { deriveSecret, readPeer } = await import('../keys/agreement.ts');
  const spec = pairSpecOf<'ECC_NIST_P256' | 'ECC_NIST_P384' | 'ECC_NIST_P521'>(key);
  const peer = await readPeer(spec, request.PublicKey);
  // AWS says no more than this.
  if (peer === undefined) throw new ValidationException('');
  endDryRun(request);
  return {
    KeyId: key.id,
    SharedSecret: await deriveSecret(await secretOf(service, key), spec, peer),
    KeyAgreementAlgorithm: request.KeyAgreementAlgorithm,
    KeyOrigin: key.origin,
  };
}
