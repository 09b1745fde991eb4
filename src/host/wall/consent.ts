// Leave by consent: where policy and grants give an origin nothing, the user may. What was agreed to is a grant like any other, so
// it is listed by ListGrants, ended by RevokeGrant, and an explicit Deny in the key's policy still wins.

import { parseBlob } from '../../formats/kms-ciphertext.ts';
import type { Operation } from '../../http/operations.ts';
import type { Kms } from '../../kms/kms.ts';
import type { KeyMetadata } from '../../model/api/index.ts';
import type { Scope } from '../../model/arn.ts';
import { rareNames } from '../../model/constraints/rare.ts';
import { AccessDeniedException, KmsError } from '../../model/errors/index.ts';
import { type GrantOperation, grantableOperations } from '../../model/grant-record.ts';
import { isBytes } from '../../model/shape.ts';
import { member } from '../protocol/messages.ts';

/** What the user is asked. */
export interface ConsentQuestion {
  /** Who wants it, as the browser says. */
  readonly origin: string;
  readonly principalArn: string;
  /** Which key, from the keyring itself: nothing of this comes from the page that asks. */
  readonly key: KeyMetadata;
  /** What it wants to do first. */
  readonly operation: GrantOperation;
  /** What it may do if the answer is yes: every use of the key, and no management of it. */
  readonly operations: readonly GrantOperation[];
}

/** Asks the user. Must not answer true unless the user did, in a place that the page which asks cannot draw over. */
export type AskConsent = (question: ConsentQuestion) => Promise<boolean>;

/** Name of the grants that are made here. */
export const consentGrantName = 'keyhaven-consent';

/** After a no the same is not asked again for so long, in milliseconds: nobody is to be worn down. */
const refusalLasts = 300_000;
/** Questions that one origin may have open at once. */
const mostOpen = 4;

/** The page that wants leave. */
export interface Asker {
  readonly origin: string;
  readonly principalArn: string;
  /** The account and the Region that it works in. */
  readonly scope: Scope;
  prompt(isOpen: boolean): void;
}

export class Consent {
  readonly #kms: Promise<Kms>;
  readonly #ask: AskConsent;
  readonly #clock: () => number;
  /** Questions that are open, and answers, by principal and key. A yes is a grant and needs no entry. */
  readonly #open = new Map<string, Promise<boolean>>();
  readonly #refusedUntil = new Map<string, number>();
  readonly #openOf = new Map<string, number>();

  constructor(kms: Promise<Kms>, ask: AskConsent, clock: () => number) {
    this.#kms = kms;
    this.#ask = ask;
    this.#clock = clock;
  }

  /** After a call was denied: true where the user gave leave, so that it is worth trying again. */
  async after(error: unknown, asker: Asker, operation: Operation, input: unknown): Promise<boolean> {
    if (!(error instanceof AccessDeniedException) || member(input, 'DryRun') === true) return false;
    const uses = usesOf(operation, input);
    for (const [use, keyId] of uses) {
      const found = await this.#find(keyId, asker.scope);
      if (found === undefined) return false;
      const { kms, key } = found;
      const operations = grantableOperations({ spec: key.KeySpec, usage: key.KeyUsage }).filter(isUse);
      if (!operations.includes(use)) return false;
      const { origin, principalArn } = asker;
      if (!(await this.#settle(kms, { origin, principalArn, key, operation: use, operations }, asker))) return false;
    }
    return uses.length > 0;
  }

  /** The key as its owner sees it; undefined where there is none, which the page is not told. */
  async #find(keyId: string, scope: Scope): Promise<{ kms: Kms; key: KeyMetadata } | undefined> {
    try {
      const accountId = (keyId.startsWith('arn:') ? keyId.split(':')[4] : undefined) ?? scope.accountId;
      const kms = (await this.#kms).at({ accountId, region: scope.region });
      return { kms, key: (await kms.describeKey({ KeyId: keyId })).KeyMetadata };
    } catch (error) {
      if (error instanceof KmsError) return undefined;
      throw error;
    }
  }

  #settle(kms: Kms, question: ConsentQuestion, asker: Asker): Promise<boolean> {
    const id = `${question.principalArn} ${question.key.Arn}`;
    const open = this.#open.get(id);
    if (open !== undefined) return open;
    const isTooEarly = this.#clock() < (this.#refusedUntil.get(id) ?? 0);
    const { origin } = question;
    const count = this.#openOf.get(origin) ?? 0;
    if (isTooEarly || count >= mostOpen) return Promise.resolve(false);
    this.#openOf.set(origin, count + 1);
    const answer = this.#put(kms, question, id, asker).finally(() => {
      this.#open.delete(id);
      this.#openOf.set(origin, (this.#openOf.get(origin) ?? 1) - 1);
    });
    this.#open.set(id, answer);
    return answer;
  }

  async #put(kms: Kms, question: ConsentQuestion, id: string, asker: Asker): Promise<boolean> {
    const { principalArn, key, operations } = question;
    // It may have been made since the call was denied. Where it was there before, the call is denied once more, and nobody is asked.
    if (await hasGrant(kms, key.KeyId, principalArn)) return true;
    asker.prompt(true);
    try {
      if ((await this.#ask(question)) !== true) {
        this.#refusedUntil.set(id, this.#clock() + refusalLasts);
        return false;
      }
      await kms.createGrant({
        KeyId: key.KeyId,
        GranteePrincipal: principalArn,
        Operations: [...operations],
        Name: consentGrantName,
      });
      return true;
    } finally {
      asker.prompt(false);
    }
  }
}

async function hasGrant(kms: Kms, KeyId: string, GranteePrincipal: string): Promise<boolean> {
  let Marker: string | undefined;
  do {
    const page = await kms.listGrants({ KeyId, GranteePrincipal, Marker });
    if (page.Grants.some(({ Name }) => Name === consentGrantName)) return true;
    Marker = page.NextMarker;
  } while (Marker !== undefined);
  return false;
}

const isUse = (operation: GrantOperation): boolean => operation !== 'CreateGrant' && operation !== 'RetireGrant';

/** The uses that a call makes of keys, as grants name them, with how the request names the key. */
function usesOf(operation: Operation, input: unknown): [GrantOperation, string][] {
  if (operation === 'ReEncrypt') {
    const source = member(input, 'SourceKeyId') ?? keyOfBlob(member(input, 'CiphertextBlob'));
    const destination = member(input, 'DestinationKeyId');
    return typeof source === 'string' && typeof destination === 'string'
      ? [
          ['ReEncryptFrom', source],
          ['ReEncryptTo', destination],
        ]
      : [];
  }
  const use = (rareNames.GrantOperation as readonly string[]).includes(operation)
    ? (operation as GrantOperation)
    : undefined;
  const keyId = member(input, 'KeyId') ?? keyOfBlob(member(input, 'CiphertextBlob'));
  return use !== undefined && typeof keyId === 'string' ? [[use, keyId]] : [];
}

/** A ciphertext names its key itself. */
function keyOfBlob(blob: unknown): string | undefined {
  const header = isBytes(blob) ? parseBlob(new Uint8Array(blob)) : undefined;
  if (header === undefined) return undefined;
  const { keyIdHex: hex, isMultiRegion } = header;
  if (isMultiRegion) return `mrk-${hex}`;
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
