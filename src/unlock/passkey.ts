// Unlocking with a passkey: the PRF extension of WebAuthn (Level 3, section 10.1.4) gives 32 bytes that only this passkey gives for this
// salt, after the user was verified. A passkey counts only after it gave the same bytes in an assertion of its own.
import { fromBase64, isEqual, toBase64 } from '../formats/bytes.ts';
import { randomBytes } from '../keys/random.ts';
import { deriveSlotKey } from '../keys/root.ts';
import type { ClosedSlot, SlotPlace, UnlockMethod } from '../keys/unlock-method.ts';
import { UnlockUnavailable, ValidationException } from '../model/errors/index.ts';
import { optionsReader } from '../model/options.ts';
import type { Bytes } from '../model/shape.ts';
import { ownText } from './options.ts';

export interface PasskeyOptions {
  /** The user's words for the slot. */
  label?: string | undefined;
  /** Name of the application, as the browser shows it. Default: the host name. */
  rpName?: string | undefined;
  /** Domain that the passkey is for: the page's, or one above it. Default: the page's. */
  rpId?: string | undefined;
  /** Name of the account, as the browser shows it. Default `keys of this app`. */
  userName?: string | undefined;
  /** Longest wait for the user, in milliseconds. Default 120 000. */
  timeout?: number | undefined;
}

const prfLength = 32;

/** A slot that a passkey opens. Must be called in a page over https or on localhost; browsers may ask for a click before. */
export function passkey(options: PasskeyOptions = {}): UnlockMethod {
  const given = optionsReader(options, { label: true, rpName: true, rpId: true, userName: true, timeout: true })(
    'timeout',
  );
  const timeout = given ?? 120_000;
  if (!Number.isSafeInteger(timeout) || timeout < 1000)
    throw new ValidationException('timeout must be a whole number of milliseconds, at least 1000.');
  const host = globalThis.location?.hostname ?? '';
  const rpId = ownText(options, 'rpId', host);
  const site = {
    rpId,
    timeout,
    rpName: ownText(options, 'rpName', rpId),
    userName: ownText(options, 'userName', 'keys of this app'),
  };
  return {
    kind: 'passkey',
    label: ownText(options, 'label', 'passkey'),
    enrol: (place) => enrol(site, place),
    slotKey: async (slot) => (await pick(site, [slot]))?.key,
    pick: (slots) => pick(site, slots),
  };
}

interface Site {
  readonly rpId: string;
  readonly rpName: string;
  readonly userName: string;
  readonly timeout: number;
}

/** A passkey of a slot, and the salt that its bytes are made with. */
interface Stored {
  readonly slot: ClosedSlot;
  readonly credential: Bytes;
  readonly salt: Bytes;
}

async function enrol(site: Site, place: SlotPlace) {
  const salt = randomBytes(prfLength);
  const credentials = requireCredentials();
  const made = await asked(() =>
    credentials.create({
      publicKey: {
        rp: { id: site.rpId, name: site.rpName },
        // Random, so that it tells nothing of the user, and replaces no other passkey.
        user: { id: randomBytes(32), name: site.userName, displayName: site.userName },
        challenge: randomBytes(32),
        pubKeyCredParams: [-7, -8, -257].map((alg) => ({ type: 'public-key', alg })),
        authenticatorSelection: { residentKey: 'preferred', requireResidentKey: false, userVerification: 'required' },
        attestation: 'none',
        excludeCredentials: [],
        timeout: site.timeout,
        extensions: { prf: { eval: { first: salt } } },
      },
    }),
  );
  const { prf } = made.getClientExtensionResults();
  if (prf?.enabled !== true && prf?.results === undefined)
    throw noPrf('The passkey was made and cannot be used here: delete it.');
  const credential = new Uint8Array(made.rawId);
  const first = prf.results === undefined ? undefined : bytesOf(prf.results.first);
  const again = await evaluate(site, [{ slot: { place, parameters: {}, handle: undefined }, credential, salt }]);
  try {
    if (first !== undefined && !isEqual(first, again.secret))
      throw new UnlockUnavailable('The passkey does not give the same bytes twice, so it could not unlock anything.');
    const parameters = { credential: toBase64(credential), salt: toBase64(salt), rpId: site.rpId };
    return { key: await deriveSlotKey(again.secret, 'passkey', place), parameters };
  } finally {
    first?.fill(0);
    again.secret.fill(0);
  }
}

/** Asks once for any of the passkeys. */
async function pick(site: Site, slots: readonly ClosedSlot[]) {
  const stored = slots.flatMap((slot): Stored[] => {
    const { credential, salt, rpId } = slot.parameters;
    const [id, saltBytes] = [decode(credential), decode(salt)];
    return id && saltBytes?.length === prfLength && rpId === site.rpId
      ? [{ slot, credential: id, salt: saltBytes }]
      : [];
  });
  if (stored.length === 0) return undefined;
  const { secret, slot } = await evaluate(site, stored);
  try {
    return { slot: slot.place.slot, key: await deriveSlotKey(secret, 'passkey', slot.place) };
  } finally {
    secret.fill(0);
  }
}

/** The bytes of the passkey that the user takes; the caller wipes them. @throws UnlockUnavailable */
async function evaluate(site: Site, stored: readonly Stored[]): Promise<{ secret: Bytes; slot: ClosedSlot }> {
  const credentials = requireCredentials();
  const evalByCredential = Object.fromEntries(
    stored.map(({ credential, salt }) => [toBase64Url(credential), { first: salt }]),
  );
  const assertion = await asked(() =>
    credentials.get({
      mediation: 'optional',
      publicKey: {
        rpId: site.rpId,
        challenge: randomBytes(32),
        allowCredentials: stored.map(({ credential }) => ({ type: 'public-key', id: credential })),
        userVerification: 'required',
        timeout: site.timeout,
        extensions: { prf: { evalByCredential } },
      },
    }),
  );
  const { authenticatorData } = assertion.response as AuthenticatorAssertionResponse;
  const result = assertion.getClientExtensionResults().prf?.results?.first;
  const id = new Uint8Array(assertion.rawId);
  const used = stored.find(({ credential }) => isEqual(credential, id));
  if (used === undefined) throw new UnlockUnavailable('The browser answered with a passkey that was not asked for.');
  if (result === undefined) throw noPrf('Unlock with another method.');
  // Flag 2 (UV). The bytes of a passkey depend on whether the user was verified.
  if (((new Uint8Array(authenticatorData)[prfLength] ?? 0) & 4) === 0)
    throw new UnlockUnavailable('The authenticator did not verify the user.');
  const secret = bytesOf(result);
  if (secret.length !== prfLength) throw noPrf('Unlock with another method.');
  return { secret, slot: used.slot };
}

async function asked(call: () => Promise<Credential | null>): Promise<PublicKeyCredential> {
  try {
    const credential = await call();
    if (credential !== null) return credential as PublicKeyCredential;
  } catch (cause) {
    const name = cause instanceof Error || cause instanceof DOMException ? cause.name : 'unknown error';
    throw new UnlockUnavailable(
      name === 'NotAllowedError'
        ? 'The passkey was refused: by the user, because it is not on this device, or because it took too long.'
        : `The browser cannot use a passkey here (${name}).`,
      { cause },
    );
  }
  throw new UnlockUnavailable('The browser gave no passkey.');
}

/** Reading the global throws in some sandboxed frames. */
function requireCredentials(): CredentialsContainer {
  const credentials =
    typeof globalThis.PublicKeyCredential === 'function' ? globalThis.navigator?.credentials : undefined;
  if (credentials === undefined) throw new UnlockUnavailable('There is no WebAuthn here, so there are no passkeys.');
  return credentials;
}

const noPrf = (advice: string): UnlockUnavailable =>
  new UnlockUnavailable(`The authenticator, or the browser, has no PRF extension. ${advice}`);

const bytesOf = (source: BufferSource): Bytes =>
  ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer as ArrayBuffer, source.byteOffset, source.byteLength).slice()
    : new Uint8Array(source).slice();

const toBase64Url = (bytes: Bytes): string =>
  toBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');

function decode(value: string | number | undefined): Bytes | undefined {
  if (typeof value !== 'string' || !/^[A-Za-z0-9+/]+={0,2}$/.test(value) || value.length % 4 !== 0) return undefined;
  return fromBase64(value);
}
