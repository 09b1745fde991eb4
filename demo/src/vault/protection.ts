// What keeps the keys from being lost, and from being taken, as the page shows it; and the ways to open the vault.
import type { Kms, UnlockMethod } from 'keyhaven';
import { passkey, passphrase, recoveryCode } from 'keyhaven/unlock';
import type { ItemView, ProtectionView } from '../state.ts';
import { renewalMark } from './renewal.ts';

/** What a person gives to open the vault. */
export type Secret =
  | { readonly kind: 'passphrase' | 'recovery-code'; readonly text: string }
  | { readonly kind: 'passkey' };

/** @throws ValidationException where a recovery code is none */
export function methodOf(secret: Secret): UnlockMethod {
  if (secret.kind === 'passkey') return passkey({ rpName: 'Vault by keyhaven', userName: 'vault' });
  return secret.kind === 'passphrase' ? passphrase(secret.text) : recoveryCode(secret.text);
}

export async function readProtection(kms: Kms, items: readonly ItemView[]): Promise<ProtectionView> {
  const [{ mode, unwrapped = [] }, slots, { lastBackup }] = await Promise.all([
    kms.protection(),
    kms.slots.list(),
    kms.durability(),
  ]);
  const isUnfinished = renewalMark.isSet();
  const deviceOnly: string[] = [];
  for (const { KeyId, KeyMaterialIds } of mode === 'device' ? [] : unwrapped) {
    const { KeyState, CurrentKeyMaterialId = '' } = (await kms.describeKey({ KeyId })).KeyMetadata;
    const isOld = isUnfinished || KeyMaterialIds.includes(CurrentKeyMaterialId);
    if (isOld && KeyState !== 'PendingDeletion') deviceOnly.push(KeyId);
  }
  const newest = Math.max(0, ...items.map(({ createdAt }) => createdAt.getTime()));
  return {
    mode,
    methods: slots.filter(({ kind }) => kind !== 'device').map(({ kind, label }) => ({ kind, label })),
    deviceOnly,
    backup: lastBackup && {
      at: lastBackup.at,
      isCurrent: lastBackup.changesSince === 0 && newest <= lastBackup.at.getTime(),
    },
  };
}

/** Of a locked vault: the ways that open it, which nothing vouches for until one of them has. */
export async function readLocked(kms: Kms): Promise<ProtectionView> {
  const methods = (await kms.slots.list()).map(({ kind, label }) => ({ kind, label }));
  return { mode: 'locked', methods, deviceOnly: [], backup: undefined };
}

/** Whether a passkey may open the vault here. Browsers that cannot tell beforehand say so when it is tried. */
export async function mayUsePasskey(): Promise<boolean> {
  const { PublicKeyCredential: credential } = globalThis as { PublicKeyCredential?: Capable };
  if (credential === undefined || !isSecureContext) return false;
  const known = await credential.getClientCapabilities?.().catch(() => undefined);
  return known?.['extension:prf'] !== false;
}

interface Capable {
  getClientCapabilities?(): Promise<Record<string, boolean>>;
}
