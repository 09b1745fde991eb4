// What a page tries that wants the key itself, and what it gets.
import type { ConnectedKms } from 'keyhaven/host';

export interface Attempt {
  readonly call: string;
  readonly result: string;
}

/** @param alias of a key that the page may use */
export async function attack(kms: ConnectedKms, frame: HTMLIFrameElement, alias: string): Promise<Attempt[]> {
  const { KeyId } = (await kms.describeKey({ KeyId: alias })).KeyMetadata;
  const inside = frame.contentWindow as (Window & typeof globalThis) | null;
  const tries: readonly (readonly [string, () => unknown])[] = [
    ['frame.contentWindow.document', () => inside?.document.title],
    ['frame.contentWindow.indexedDB', () => inside?.indexedDB.databases()],
    ['kms.listKeys()', () => kms.listKeys()],
    ['kms.putKeyPolicy(…)', () => kms.putKeyPolicy({ KeyId, Policy: '{}' })],
    ['kms.createGrant(…)', () => kms.createGrant({ KeyId, GranteePrincipal: kms.callerArn, Operations: ['Decrypt'] })],
    ['kms.scheduleKeyDeletion(…)', () => kms.scheduleKeyDeletion({ KeyId })],
  ];
  const attempts: Attempt[] = [];
  for (const [call, work] of tries)
    try {
      await work();
      attempts.push({ call, result: 'ALLOWED' });
    } catch (error) {
      attempts.push({ call, result: (error as Error).name });
    }
  return attempts;
}
