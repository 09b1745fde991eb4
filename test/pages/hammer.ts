// What each of many pages does to the same keys at the same time. Every page wants the same things; the reply says which of
// them it got.
import { type Kms, KmsError, openKms } from '../../src/index.ts';

export interface HammerPlan {
  name: string;
  page: number;
  /** Keys that all pages change. */
  shared: string[];
  rounds: number;
}

export interface HammerReport {
  page: number;
  /** Names of aliases that this page's CreateAlias made. */
  aliases: string[];
  /** Keys whose deletion this page scheduled, and cancelled. */
  scheduled: string[];
  cancelled: string[];
  /** Keys of its own, with a ciphertext each. */
  keys: { keyId: string; blob: number[] }[];
  /** Errors that no race explains. */
  surprises: string[];
}

const expected = new Set(['AlreadyExistsException', 'NotFoundException', 'KMSInvalidStateException']);

export async function hammer(plan: HammerPlan): Promise<HammerReport> {
  const kms = await openKms({ name: plan.name });
  const report: HammerReport = { page: plan.page, aliases: [], scheduled: [], cancelled: [], keys: [], surprises: [] };
  const won = async (work: Promise<unknown>): Promise<boolean> => {
    try {
      await work;
      return true;
    } catch (error) {
      if (!(error instanceof KmsError && expected.has(error.name))) report.surprises.push(String(error));
      return false;
    }
  };
  for (let round = 0; round < plan.rounds; round++) {
    const [target, other] = [
      plan.shared[round % plan.shared.length],
      plan.shared[(round + plan.page) % plan.shared.length],
    ] as [string, string];
    const AliasName = `alias/round-${round}`;
    if (await won(kms.createAlias({ AliasName, TargetKeyId: target }))) report.aliases.push(AliasName);
    await won(kms.updateAlias({ AliasName: 'alias/hot', TargetKeyId: other }));
    await won(round % 2 ? kms.enableKey({ KeyId: other }) : kms.disableKey({ KeyId: other }));
    if (round % 5 === 0) report.keys.push(await ownKey(kms));
  }
  for (const KeyId of plan.shared) if (await won(kms.scheduleKeyDeletion({ KeyId }))) report.scheduled.push(KeyId);
  return report;
}

async function ownKey(kms: Kms): Promise<{ keyId: string; blob: number[] }> {
  const keyId = (await kms.createKey()).KeyMetadata.KeyId;
  const { CiphertextBlob } = await kms.encrypt({ KeyId: keyId, Plaintext: new TextEncoder().encode(keyId) });
  return { keyId, blob: [...CiphertextBlob] };
}
