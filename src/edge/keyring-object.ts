// One keyring in a Durable Object of Cloudflare: its service on the wire, and the alarm that does what is due. A class of the
// worker's own extends DurableObject and hands its calls on to this; nothing here imports from the platform.

import { encodeError } from '../host/protocol/errors.ts';
import type { CallRecord } from '../http/endpoint.ts';
import { asKmsError } from '../http/error-reply.ts';
import { createHandler, type Handler } from '../http/handler.ts';
import { handlerNames, type SignedOptions } from '../http/options.ts';
import type { CallerOptions, Kms } from '../kms/kms.ts';
import { ValidationException } from '../model/errors/index.ts';
import { checkFunctions, checkMethods, checkOptions } from '../model/options.ts';
import { type Answer, callsOf } from './calls.ts';
import { tenants } from './keyrings.ts';
import type { Rate } from './throttle.ts';

/** What is needed of `ctx.storage`. */
export interface AlarmClock {
  getAlarm(): Promise<number | null>;
  setAlarm(at: number): Promise<void>;
}

export interface KeyringObjectOptions extends SignedOptions {
  /** `ctx.storage`. */
  readonly storage: AlarmClock;
  /** Opens the keyring: `openKms` with `durableObjectStore(ctx.storage)` and a root. Called again where it failed. */
  readonly open: () => Promise<Kms> | Kms;
  /** What the object answers. Default: as much as it can. */
  readonly rate?: Rate | undefined;
  /** `(work) => ctx.waitUntil(work)`: the trail is written behind each answer then. Without, within 100 ms, as everywhere. */
  readonly waitUntil?: ((work: Promise<unknown>) => void) | undefined;
}

export interface KeyringObject {
  /** AWS KMS on the wire. */
  readonly fetch: Handler;
  /**
   * One call of another worker, at the end of `kmsOver`: with the alarm, the trail and the rate that calls on the wire have.
   * @param caller whom it is made for, as `Kms.as` takes it; nothing that came with the call may say that
   */
  call(operation: string, input: unknown, caller: CallerOptions): Promise<Answer>;
  /** For `alarm()` of the class: does what is due, and sets the next alarm. Where it fails, that is in an hour. */
  alarm(): Promise<void>;
  /** The service itself. Nothing looks at what is asked of it: it sets no alarm. */
  kms(): Promise<Kms>;
}

/** Operations behind which something may be due earlier than before. */
const settingDates: ReadonlySet<string> = new Set([
  'CancelKeyDeletion',
  'EnableKey',
  'EnableKeyRotation',
  'ImportKeyMaterial',
  'ScheduleKeyDeletion',
  'ReplicateKey',
  'UpdatePrimaryRegion',
]);

/** How long after such an operation the dates are looked at, in milliseconds: many of them share one look. */
const pause = 60_000;

/** When an alarm that failed is tried again, in milliseconds. */
const later = 3_600_000;

/** @throws ValidationException where an option is not valid */
export function keyringObject(options: KeyringObjectOptions): KeyringObject {
  checkOptions(options, { ...handlerNames, storage: true, open: true, rate: true, waitUntil: true });
  const { storage, open, rate, waitUntil, ...signed } = { rate: undefined, waitUntil: undefined, ...options };
  const { onCall, clock = Date.now } = { onCall: undefined, clock: undefined, ...signed };
  checkMethods('storage', storage, ['getAlarm', 'setAlarm'], 'ctx.storage of a Durable Object');
  if (typeof open !== 'function') throw new ValidationException('open must be a function that opens the keyring.');
  checkFunctions({ waitUntil, onCall });
  let opened: Promise<Kms> | undefined;
  const forget = (error: unknown): never => {
    opened = undefined;
    throw error;
  };
  /** The one keyring, whichever account asks. */
  const kms = (): Promise<Kms> => {
    opened ??= (async () => open())().catch(forget);
    return opened;
  };
  const find = tenants({ open: kms, rate, clock });

  async function wakeBy(at: number): Promise<void> {
    const alarm = await storage.getAlarm();
    if (alarm === null || alarm > at) await storage.setAlarm(at);
  }

  function wakeAfter(operation: string | undefined): void {
    // Where that cannot be, whoever looks at the key settles it all the same.
    if (settingDates.has(operation ?? '')) wakeBy(clock() + pause).catch(() => {});
  }

  const handler = createHandler(find, {
    ...signed,
    onCall(record: CallRecord) {
      if (record.error === undefined) wakeAfter(record.operation);
      onCall?.(record);
    },
  });
  /**
   * Of a keyring that is open: a request that was refused at once opens none. What cannot be written stays with the keyring, which
   * tries again and refuses its results until then.
   */
  const writeTrail = async (): Promise<void> => {
    await opened?.then((service) => service.trail.flush()).catch(() => {});
  };
  return {
    async fetch(request) {
      const response = await handler(request);
      waitUntil?.(writeTrail());
      return response;
    },
    async call(operation, input, caller) {
      try {
        const service = await find((await kms()).scope);
        const answer = await callsOf(service.as(caller))(operation, input);
        if (!('error' in answer)) wakeAfter(operation);
        waitUntil?.(writeTrail());
        return answer;
      } catch (error) {
        return { error: encodeError(asKmsError(error)) };
      }
    },
    kms,
    async alarm() {
      try {
        const next = await (await kms()).settle();
        if (next !== undefined) await wakeBy(next.getTime());
      } catch (error) {
        // The platform tries an alarm that fails six times within minutes, and never again.
        await wakeBy(clock() + later).catch(() => {});
        throw error;
      }
    },
  };
}
