// Changes of the root and its slots that are cut off by killing the browser, and a look at what is left.
import { type Kms, KmsError, openKms } from '../../../src/index.ts';
import { device, recoveryCode, secret } from '../../../src/unlock/index.ts';

const name = 'changes';

export interface Secrets {
  code: string;
  /** Base64 of 32 bytes each. */
  old: string;
  next: string;
}

export interface Seen {
  mode: string;
  slots: string[];
  /** Ciphertexts that did not open. */
  faults: string[];
  keys: number;
}

export interface Sealed {
  keyId: string;
  blob: number[];
}

async function open(code: string): Promise<Kms> {
  const kms = await openKms({ name });
  if ((await kms.protection()).isLocked) await kms.unlock(recoveryCode(code));
  return kms;
}

/** Changes slots, moves the keyring to the other mode and back, writes and takes a backup, until the browser is killed. */
export async function changeOnAndOn({ code, old, next }: Secrets, tell: (sealed: Sealed) => void): Promise<void> {
  let kms: Kms;
  try {
    kms = await open(code);
  } catch (error) {
    if (!(error instanceof KmsError)) throw error;
    throw new Error(`cannot open: ${error.name}`);
  }
  const by = recoveryCode(code);
  for (let round = 0; ; round++) {
    const keyId = (await kms.createKey()).KeyMetadata.KeyId;
    const { CiphertextBlob } = await kms.encrypt({ KeyId: keyId, Plaintext: new TextEncoder().encode(keyId) });
    tell({ keyId, blob: [...CiphertextBlob] });
    const { mode } = await kms.protection();
    if (mode === 'device') await kms.upgrade({ to: 'recoverable', slots: [by] });
    const slots = await kms.slots.list();
    const extra = slots.find(({ kind }) => kind === 'secret');
    if (extra === undefined) await kms.slots.add(secret(old), { by });
    else if (round % 2) await kms.slots.rotate(extra.id, secret(round % 4 === 1 ? next : old), { by });
    else await kms.slots.remove(extra.id);
    await kms.upgrade(mode === 'locked' ? { to: 'recoverable', by } : { to: 'locked' });
    const file = await new Response((await kms.export()).stream).blob();
    await kms.import({ from: file, by, mode: round % 3 === 0 ? 'replace' : 'merge' });
  }
}

export async function look(code: string, sealed: Sealed[]): Promise<Seen> {
  const kms = await open(code);
  const faults: string[] = [];
  for (const { keyId, blob } of sealed) {
    const opened = await kms.decrypt({ CiphertextBlob: new Uint8Array(blob) }).catch((error: Error) => error);
    if (opened instanceof Error) faults.push(`${keyId}: ${opened.name}`);
  }
  const report = await kms.check();
  faults.push(...report.findings.map(({ row, what }) => `${row}: ${what}`));
  const { mode } = await kms.protection();
  // The device's own slot is there if and only if the mode has one.
  const slots = (await kms.slots.list()).map(({ kind }) => kind);
  if (mode !== 'device') {
    kms.lock();
    await kms.unlock(mode === 'recoverable' ? device() : recoveryCode(code));
  }
  return { mode, slots, faults, keys: (await kms.listKeys()).Keys.length };
}
