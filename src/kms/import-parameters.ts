// What GetParametersForImport gives out, and what ImportKeyMaterial accepts of it: a new RSA key each time, and a token that says
// which, for 24 hours.
import { concat, isEqual, toHex, utf8 } from '../formats/bytes.ts';
import { encodeTokenBody, type ImportToken, parseToken } from '../formats/import-token.ts';
import { randomBytes } from '../keys/random.ts';
import type { GetParametersForImportOutput } from '../model/api/index.ts';
import { keyArn } from '../model/arn.ts';
import { leaveUntold } from '../model/errors/base.ts';
import {
  ExpiredImportTokenException,
  InvalidImportTokenException,
  ValidationException,
} from '../model/errors/index.ts';
import {
  type ParametersRequest,
  parametersLifetime,
  requireExternal,
  type Wrapping,
  wrappingAlgorithms,
  wrappingKeySpecs,
} from '../model/imports.ts';
import { type KeyRecord, requireNotPendingDeletion } from '../model/key-record.ts';
import { isMacSpec, type KeySpec } from '../model/key-spec.ts';
import type { Bytes } from '../model/shape.ts';
import { authorise } from './authorise.ts';
import { type Body, change, resolveInDraft, resolveManaged, type Service } from './service.ts';

const label = utf8('keyhaven/v1/import-token\0');

export async function getParameters(
  service: Service,
  request: ParametersRequest,
): Promise<Body<GetParametersForImportOutput>> {
  const { keyring, scope } = service;
  const found = await resolveManaged(service, request.KeyId);
  await authorise(service, found, 'GetParametersForImport', request, {
    'kms:WrappingAlgorithm': request.WrappingAlgorithm,
    'kms:WrappingKeySpec': request.WrappingKeySpec,
  });
  const keyId = found.id;
  const requireReady = (key: KeyRecord): Wrapping => {
    requireExternal(key, scope);
    requireNotPendingDeletion(key, scope);
    return chooseWrapping(request, key);
  };
  const wrapping = await change(service, async (draft) => requireReady(await resolveInDraft(draft, service, keyId)));
  const { kept, spki } = await keyring.materials.makeWrappingKey(keyId, wrapping);
  const wrappingKeyId = toHex(randomBytes(16));
  const validTo = await change(service, async (draft) => {
    const key = await resolveInDraft(draft, service, keyId);
    requireReady(key);
    for (const name of await keyring.materials.names(keyId)) {
      if (isExpired(name, draft.now)) draft.removeMaterial(keyId, name);
    }
    draft.putMaterial(keyId, nameOf(draft.now + parametersLifetime, wrappingKeyId), kept);
    // Written again unchanged, so that a removal of the key at the same time sees the new row.
    await draft.putKey(key);
    return draft.now + parametersLifetime;
  });
  const body = encodeTokenBody({ keyId, wrapping, validTo, wrappingKeyId });
  return {
    KeyId: keyArn(scope, keyId),
    ImportToken: concat(body, await keyring.mac(label, body)),
    PublicKey: spki,
    ParametersValidTo: new Date(validTo),
  };
}

/** @throws ValidationException where the wrapping is not there, or is none for such a key */
function chooseWrapping(
  { WrappingAlgorithm: algorithm, WrappingKeySpec: keySpec }: ParametersRequest,
  { spec }: KeyRecord,
): Wrapping {
  const chosen = wrappingAlgorithms.find((name) => name === algorithm);
  const size = wrappingKeySpecs.find((name) => name === keySpec);
  if (chosen !== undefined && size !== undefined && holds(chosen, size, spec))
    return { algorithm: chosen, keySpec: size };
  throw new ValidationException(
    `Wrapping algorithm ${algorithm} and wrapping key spec ${keySpec} cannot be used to import a ${spec} key.`,
  );
}

/** Those whose keys AWS does not take directly under its smallest RSA key. */
const largeSpecs: readonly KeySpec[] = ['ECC_NIST_P521', 'ECC_NIST_EDWARDS25519'];

/** Private keys can be wrapped in two steps, RSA keys only so, and what is bytes only in one. */
function holds(algorithm: Wrapping['algorithm'], size: Wrapping['keySpec'], spec: KeySpec): boolean {
  if (!algorithm.startsWith('RSAES')) return spec !== 'SYMMETRIC_DEFAULT' && !isMacSpec(spec);
  return !spec.startsWith('RSA') && (size !== 'RSA_2048' || !largeSpecs.includes(spec));
}

// The row's name tells when it can go, so that nothing else must remember it.
const prefix = 'import-';
const nameOf = (validTo: number, wrappingKeyId: string): string => `${prefix}${validTo}-${wrappingKeyId}`;
const isExpired = (name: string, now: number): boolean => name.startsWith(prefix) && Number(name.split('-')[1]) <= now;

export interface AcceptedToken extends ImportToken {
  /** Name of the row of the wrapping key. */
  readonly row: string;
}

/**
 * Checks a token against the key that it is used for.
 * @throws InvalidImportTokenException, ExpiredImportTokenException
 */
export async function acceptToken({ keyring }: Service, keyId: string, given: Bytes): Promise<AcceptedToken> {
  const parsed = parseToken(given);
  if (!parsed || !isEqual(parsed.mac, await keyring.mac(label, parsed.body)) || parsed.token.keyId !== keyId) {
    throw leaveUntold(new InvalidImportTokenException('The import token is not valid, or is one of another key.'));
  }
  const { validTo, wrappingKeyId } = parsed.token;
  if (validTo <= keyring.now) throw new ExpiredImportTokenException('The import token has expired.');
  return { ...parsed.token, row: nameOf(validTo, wrappingKeyId) };
}
