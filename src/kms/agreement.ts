// DeriveSharedSecret.
import { keyAgreementAlgorithmMember, requireAlgorithm } from '../model/algorithms.ts';
import type { DeriveSharedSecretOutput } from '../model/api/index.ts';
import { ValidationException } from '../model/errors/index.ts';
import { requireEnabled, requireUsage } from '../model/key-record.ts';
import { dryRunMember, grantTokensMember, keyIdMember, publicKeyMember, recipientMember } from '../model/members.ts';
import { structure } from '../model/shape.ts';
import { pairSpecOf, secretOf } from './asymmetric.ts';
import { authorise } from './authorise.ts';
import { endDryRun } from './dry-run.ts';
import { type Body, recordUse, refuseRecipient, resolve, type Service, serviceFor } from './service.ts';

const deriveSharedSecretRequest = structure(
  { KeyId: keyIdMember, KeyAgreementAlgorithm: keyAgreementAlgorithmMember, PublicKey: publicKeyMember },
  { GrantTokens: grantTokensMember, DryRun: dryRunMember, Recipient: recipientMember },
);

export async function deriveSharedSecret(from: Service, input: unknown): Promise<Body<DeriveSharedSecretOutput>> {
  const request = from.call.read(deriveSharedSecretRequest, input);
  const service = serviceFor(from, request.KeyId);
  const key = await resolve(service, request.KeyId);
  await authorise(service, key, 'DeriveSharedSecret', request, {
    'kms:KeyAgreementAlgorithm': request.KeyAgreementAlgorithm,
  });
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
  const SharedSecret = await deriveSecret(await secretOf(service, key), spec, peer);
  recordUse(service, key, 'DeriveSharedSecret');
  return {
    KeyId: key.id,
    SharedSecret,
    KeyAgreementAlgorithm: request.KeyAgreementAlgorithm,
    KeyOrigin: key.origin,
  };
}
