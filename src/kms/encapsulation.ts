// Encapsulate and Decapsulate.
import { encapsulatedLength, encapsulationAlgorithmMember, requireAlgorithm } from '../model/algorithms.ts';
import type { DecapsulateOutput, EncapsulateOutput } from '../model/api/index.ts';
import { InvalidCiphertextException } from '../model/errors/index.ts';
import { requireEnabled, requireUsage } from '../model/key-record.ts';
import type { PairSpec } from '../model/key-spec.ts';
import { ciphertextMember, dryRunMember, grantTokensMember, keyIdMember } from '../model/members.ts';
import { readRequest, structure } from '../model/shape.ts';
import { pairSpecOf, publicKeyOf, secretOf } from './asymmetric.ts';
import { endDryRun } from './dry-run.ts';
import { authorise, type Body, resolve, type Service } from './service.ts';
import { arnOf } from './symmetric.ts';

type KemSpec = Extract<PairSpec, `ML_KEM_${string}`>;

const optional = { GrantTokens: grantTokensMember, DryRun: dryRunMember };
const encapsulateRequest = structure(
  { KeyId: keyIdMember, EncapsulationAlgorithm: encapsulationAlgorithmMember },
  optional,
);

export async function encapsulate(service: Service, input: unknown): Promise<Body<EncapsulateOutput>> {
  const request = readRequest(encapsulateRequest, input);
  const key = await resolve(service, request.KeyId);
  authorise(request);
  requireEnabled(key, service.scope);
  requireUsage(key, 'ENCAPSULATE_DECAPSULATE', 'Encapsulate', service.scope);
  requireAlgorithm(key, request.EncapsulationAlgorithm);
  endDryRun(request);
  const kem = await import('../keys/post-quantum.ts');
  const { shared, ciphertext } = kem.encapsulate(publicKeyOf(key), pairSpecOf<KemSpec>(key));
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

export async function decapsulate(service: Service, input: unknown): Promise<Body<DecapsulateOutput>> {
  const request = readRequest(decapsulateRequest, input);
  const { SharedSecretCiphertextBlob: ciphertext } = request;
  const key = await resolve(service, request.KeyId);
  authorise(request);
  requireEnabled(key, service.scope);
  requireUsage(key, 'ENCAPSULATE_DECAPSULATE', 'Decapsulate', service.scope);
  requireAlgorithm(key, request.EncapsulationAlgorithm);
  if (ciphertext.length !== encapsulatedLength(key.spec)) throw new InvalidCiphertextException();
  endDryRun(request);
  const kem = await import('../keys/post-quantum.ts');
  return {
    KeyId: arnOf(service, key),
    SharedSecret: await kem.decapsulate(await secretOf(service, key), pairSpecOf<KemSpec>(key), ciphertext),
    EncapsulationAlgorithm: request.EncapsulationAlgorithm,
  };
}
