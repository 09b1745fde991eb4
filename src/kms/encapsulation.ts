// Encapsulate and Decapsulate.
import { encapsulatedLength, encapsulationAlgorithmMember, requireAlgorithm } from '../model/algorithms.ts';
import type { DecapsulateOutput, EncapsulateOutput } from '../model/api/index.ts';
import { InvalidCiphertextException } from '../model/errors/index.ts';
import { requireEnabled, requireUsage } from '../model/key-record.ts';
import type { PairSpec } from '../model/key-spec.ts';
import { ciphertextMember, dryRunMember, grantTokensMember, keyIdMember } from '../model/members.ts';
import { structure } from '../model/shape.ts';
import { pairSpecOf, publicKeyOf, secretOf } from './asymmetric.ts';
import { authorise } from './authorise.ts';
import { endDryRun } from './dry-run.ts';
import { type Body, recordUse, resolve, type Service, serviceFor } from './service.ts';
import { arnOf } from './symmetric.ts';

type KemSpec = Extract<PairSpec, `ML_KEM_${string}`>;

const optional = { GrantTokens: grantTokensMember, DryRun: dryRunMember };
const encapsulateRequest = structure(
  { KeyId: keyIdMember, EncapsulationAlgorithm: encapsulationAlgorithmMember },
  optional,
);

export async function encapsulate(from: Service, input: unknown): Promise<Body<EncapsulateOutput>> {
  const request = from.call.read(encapsulateRequest, input);
  const service = serviceFor(from, request.KeyId);
  const key = await resolve(service, request.KeyId);
  await authorise(service, key, 'Encapsulate', request);
  requireEnabled(key, service.scope);
  requireUsage(key, 'ENCAPSULATE_DECAPSULATE', 'Encapsulate', service.scope);
  requireAlgorithm(key, request.EncapsulationAlgorithm);
  endDryRun(request);
  const kem = await import('../keys/post-quantum.ts');
  const { shared, ciphertext } = kem.encapsulate(publicKeyOf(key), pairSpecOf<KemSpec>(key));
  recordUse(service, key, 'Encapsulate');
  return {
    KeyId: arnOf(service, key),
    SharedSecret: shared,
    SharedSecretCiphertextBlob: ciphertext,
    EncapsulationAlgorithm: request.EncapsulationAlgorithm,
  };
}

const decapsulateRequest = structure(
  {
    KeyId: keyIdMember,
    SharedSecretCiphertextBlob: ciphertextMember,
    EncapsulationAlgorithm: encapsulationAlgorithmMember,
  },
  optional,
);

export async function decapsulate(from: Service, input: unknown): Promise<Body<DecapsulateOutput>> {
  const request = from.call.read(decapsulateRequest, input);
  const service = serviceFor(from, request.KeyId);
  const { SharedSecretCiphertextBlob: ciphertext } = request;
  const key = await resolve(service, request.KeyId);
  await authorise(service, key, 'Decapsulate', request);
  requireEnabled(key, service.scope);
  requireUsage(key, 'ENCAPSULATE_DECAPSULATE', 'Decapsulate', service.scope);
  requireAlgorithm(key, request.EncapsulationAlgorithm);
  if (ciphertext.length !== encapsulatedLength(key.spec)) throw new InvalidCiphertextException();
  endDryRun(request);
  const kem = await import('../keys/post-quantum.ts');
  const SharedSecret = await kem.decapsulate(await secretOf(service, key), pairSpecOf<KemSpec>(key), ciphertext);
  recordUse(service, key, 'Decapsulate');
  return {
    KeyId: arnOf(service, key),
    SharedSecret,
    EncapsulationAlgorithm: request.EncapsulationAlgorithm,
  };
}
