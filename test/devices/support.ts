// Two devices, each with a keyring of its own, and a transport in memory between them that a test can listen to and change.
import { assert } from 'chai';
import {
  type AddOptions,
  type AddReport,
  addDevice,
  type Channel,
  type Comparison,
  type OfferOptions,
  type OfferReport,
  offerDevice,
  type Side,
  type Transport,
} from '../../src/devices/index.ts';

export type { Side };

import type { Kms, KmsErrorCode, OpenKmsOptions } from '../../src/index.ts';
import { newRecoveryCode, recoveryCode } from '../../src/unlock/index.ts';
import { newKms } from '../support/kms.ts';

export const [east, west] = ['us-east-1', 'us-west-2'];

/** What happens to a message on its way: the messages that arrive in its place. */
export type Tamper = (message: Uint8Array, side: Side, index: number) => readonly Uint8Array[];

/** A place with mailboxes, for any number of speakers. */
export class Post {
  readonly #readers = new Map<string, Set<(message: Uint8Array) => void>>();
  readonly #kept = new Map<string, Uint8Array[]>();
  readonly seen: { side: Side; message: Uint8Array; mailbox: string }[] = [];
  tamper: Tamper = (message) => [message];

  readonly transport: Transport = (mailbox, side) => this.open(mailbox, side);

  /** Puts a message in the mailbox that a side never sent. */
  inject(mailbox: string, side: Side, message: Uint8Array): void {
    this.#deliver(`${mailbox}/${side}`, message);
  }

  #deliver(to: string, message: Uint8Array): void {
    this.#kept.set(to, [...(this.#kept.get(to) ?? []), message]);
    for (const reader of this.#readers.get(to) ?? []) reader(message);
  }

  open(mailbox: string, side: Side): Channel {
    const from = `${mailbox}/${side === 'offer' ? 'add' : 'offer'}`;
    const to = `${mailbox}/${side}`;
    const waiting: Uint8Array[] = [...(this.#kept.get(from) ?? [])];
    let wanted: ((message: Uint8Array) => void) | undefined;
    const hear = (message: Uint8Array) => {
      const take = wanted;
      wanted = undefined;
      if (take) take(message);
      else waiting.push(message);
    };
    const readers = this.#readers.get(from) ?? new Set();
    this.#readers.set(from, readers.add(hear));
    return {
      send: (message) => {
        const index = this.seen.filter((each) => each.side === side).length;
        const copy = new Uint8Array(message);
        this.seen.push({ side, message: copy, mailbox });
        for (const each of this.tamper(copy, side, index)) this.#deliver(to, each);
      },
      receive: async () => {
        const next = waiting.shift();
        return (
          next ??
          new Promise<Uint8Array>((resolve) => {
            wanted = resolve;
          })
        );
      },
      close: () => void readers.delete(hear),
    };
  }
}

export interface Run {
  readonly offered: PromiseSettledResult<OfferReport>;
  readonly added: PromiseSettledResult<AddReport>;
  readonly numbers: readonly string[];
  readonly seen: readonly Comparison[];
}

/** A whole conversation, to its end on both sides. */
export async function pair(
  old: Kms,
  young: Kms,
  options: {
    readonly add?: Partial<AddOptions>;
    readonly offer?: Partial<OfferOptions>;
    readonly post?: Post;
  } = {},
): Promise<Run> {
  const post = options.post ?? new Post();
  const seen: Comparison[] = [];
  const confirm = (comparison: Comparison) => {
    seen.push(comparison);
    return true;
  };
  let offered: Promise<OfferReport> | undefined;
  const code = new Promise<string>((resolve, reject) => {
    const onCode: OfferOptions['onCode'] = (shown) => {
      options.offer?.onCode?.(shown);
      resolve(shown.code);
    };
    offered = offerDevice(young, {
      name: "Ada's laptop",
      transport: post.transport,
      confirm,
      ...options.offer,
      onCode,
    });
    offered.catch(reject);
  });
  const added = code.then((shown) =>
    addDevice(old, {
      name: "Ada's phone",
      code: shown,
      transport: post.transport,
      keys: 'all',
      confirm,
      ...options.add,
    }),
  );
  const [first, second] = await Promise.allSettled([added, offered as unknown as Promise<OfferReport>]);
  return { added: first, offered: second, numbers: seen.map(({ number }) => number), seen };
}

export function succeeded(run: Run): { readonly offered: OfferReport; readonly added: AddReport } {
  if (run.offered.status === 'rejected') throw run.offered.reason;
  if (run.added.status === 'rejected') throw run.added.reason;
  return { offered: run.offered.value, added: run.added.value };
}

export const newOld = (options: OpenKmsOptions = {}): Promise<Kms> => newKms({ region: east, ...options });
export const newYoung = (options: OpenKmsOptions = {}): Promise<Kms> => newKms({ region: west, ...options });

/** A keyring whose keys may go elsewhere. */
export const recoverable = (): OpenKmsOptions => ({ mode: 'recoverable', slots: [recoveryCode(newRecoveryCode())] });

/** Both sides fail, each with its own error. */
export function assertRunFails(run: Run, old: KmsErrorCode, young: KmsErrorCode, message?: RegExp): void {
  assert.deepEqual([nameOf(run.added), nameOf(run.offered)], [old, young]);
  if (message !== undefined && run.added.status === 'rejected') assert.match(run.added.reason.message, message);
}

const nameOf = (result: PromiseSettledResult<unknown>): string =>
  result.status === 'fulfilled' ? 'success' : result.reason instanceof Error ? result.reason.name : 'no error';
