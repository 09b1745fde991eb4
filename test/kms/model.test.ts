// The state machine of a key against a plain model of it: random sequences of operations, with clock jumps and restarts between.
import { assert } from 'chai';
import fc from 'fast-check';
import { test } from 'vitest';
import { type Kms, openKms } from '../../src/index.ts';
import { utf8 } from '../support/bytes.ts';
import { failure } from '../support/errors.ts';
import { day, newKey, newStore, TestClock } from '../support/kms.ts';

/** What one key should be. */
class Model {
  now: number;
  isGone = false;
  isEnabled = true;
  deletionAt: number | null = null;
  schedule: { period: number; nextAt: number } | null = null;
  /** How each material after the first became current. */
  rotations: string[] = [];
  /** Which material each ciphertext was made under. */
  blobs: number[] = [];

  constructor(now: number) {
    this.now = now;
  }

  get state(): string {
    if (this.deletionAt !== null) return 'PendingDeletion';
    return this.isEnabled ? 'Enabled' : 'Disabled';
  }

  /** What happens when anyone looks. */
  look(): void {
    if (this.deletionAt !== null && this.deletionAt <= this.now) this.isGone = true;
    const { schedule } = this;
    if (this.isGone || this.state !== 'Enabled' || schedule === null || schedule.nextAt > this.now) return;
    this.rotations.push('AUTOMATIC');
    while (schedule.nextAt <= this.now) schedule.nextAt += schedule.period * day;
  }

  needEnabled(): string {
    if (this.state === 'PendingDeletion') return 'KMSInvalidStateException';
    return this.isEnabled ? 'OK' : 'DisabledException';
  }
}

interface Step {
  readonly text: string;
  /** Changes the model; returns the name of the expected error, or OK. */
  expect(model: Model): string;
  call(kms: Kms, KeyId: string, blobs: Uint8Array[]): Promise<unknown>;
}

const whenNotPending = (model: Model, change: () => void): string => {
  if (model.state === 'PendingDeletion') return 'KMSInvalidStateException';
  change();
  return 'OK';
};
const whenEnabled = (model: Model, change: () => void): string => {
  const outcome = model.needEnabled();
  if (outcome === 'OK') change();
  return outcome;
};

const steps = fc.oneof(
  fc.constant<Step>({
    text: 'EnableKey',
    expect: (model) => whenNotPending(model, () => (model.isEnabled = true)),
    call: (kms, KeyId) => kms.enableKey({ KeyId }),
  }),
  fc.constant<Step>({
    text: 'DisableKey',
    expect: (model) => whenNotPending(model, () => (model.isEnabled = false)),
    call: (kms, KeyId) => kms.disableKey({ KeyId }),
  }),
  fc.integer({ min: 7, max: 30 }).map<Step>((days) => ({
    text: `ScheduleKeyDeletion ${days}`,
    expect: (model) => whenNotPending(model, () => (model.deletionAt = model.now + days * day)),
    call: (kms, KeyId) => kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: days }),
  })),
  fc.constant<Step>({
    text: 'CancelKeyDeletion',
    expect: (model) => {
      if (model.deletionAt === null) return 'KMSInvalidStateException';
      model.deletionAt = null;
      model.isEnabled = false;
      return 'OK';
    },
    call: (kms, KeyId) => kms.cancelKeyDeletion({ KeyId }),
  }),
  fc.integer({ min: 90, max: 400 }).map<Step>((period) => ({
    text: `EnableKeyRotation ${period}`,
    expect: (model) => whenEnabled(model, () => (model.schedule = { period, nextAt: model.now + period * day })),
    call: (kms, KeyId) => kms.enableKeyRotation({ KeyId, RotationPeriodInDays: period }),
  })),
  fc.constant<Step>({
    text: 'DisableKeyRotation',
    expect: (model) => whenEnabled(model, () => (model.schedule = null)),
    call: (kms, KeyId) => kms.disableKeyRotation({ KeyId }),
  }),
  fc.constant<Step>({
    text: 'RotateKeyOnDemand',
    expect: (model) => {
      if (model.needEnabled() !== 'OK') return model.needEnabled();
      if (model.rotations.filter((type) => type === 'ON_DEMAND').length >= 25) return 'LimitExceededException';
      if (model.schedule && model.schedule.nextAt - model.now <= 20 * 60_000) return 'ConflictException';
      model.rotations.push('ON_DEMAND');
      return 'OK';
    },
    call: (kms, KeyId) => kms.rotateKeyOnDemand({ KeyId }),
  }),
  fc.constant<Step>({
    text: 'Encrypt',
    expect: (model) => whenEnabled(model, () => model.blobs.push(model.rotations.length)),
    call: async (kms, KeyId, blobs) => {
      blobs.push((await kms.encrypt({ KeyId, Plaintext: utf8('x') })).CiphertextBlob);
    },
  }),
);

type Move = { readonly step: Step } | { readonly days: number } | 'restart';
const moves: fc.Arbitrary<Move> = fc.oneof(
  { weight: 8, arbitrary: steps.map((step) => ({ step })) },
  { weight: 3, arbitrary: fc.constantFrom(0.5, 1, 7, 31, 90, 365, 1000).map((days) => ({ days })) },
  { weight: 1, arbitrary: fc.constant<Move>('restart') },
);

async function compare(kms: Kms, KeyId: string, blobs: readonly Uint8Array[], model: Model): Promise<void> {
  model.look();
  if (model.isGone) {
    assert.equal((await failure(kms.describeKey({ KeyId }))).name, 'NotFoundException');
    for (const CiphertextBlob of blobs)
      assert.equal((await failure(kms.decrypt({ CiphertextBlob }))).name, 'AccessDeniedException');
    return;
  }
  const { KeyMetadata: key } = await kms.describeKey({ KeyId });
  assert.deepEqual([key.KeyState, key.Enabled], [model.state, model.state === 'Enabled'] as [
    typeof key.KeyState,
    boolean,
  ]);
  assert.equal(key.DeletionDate?.getTime(), model.deletionAt ?? undefined);
  const status = await kms.getKeyRotationStatus({ KeyId });
  const schedule = model.state === 'PendingDeletion' ? null : model.schedule;
  assert.deepEqual(
    [status.KeyRotationEnabled, status.RotationPeriodInDays, status.NextRotationDate?.getTime()],
    [schedule !== null, schedule?.period, schedule?.nextAt],
  );
  const { Rotations } = await kms.listKeyRotations({ KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' });
  assert.deepEqual(
    Rotations.map(({ RotationType }) => RotationType ?? 'FIRST'),
    ['FIRST', ...model.rotations] as typeof Rotations extends (infer _)[]
      ? ('FIRST' | 'AUTOMATIC' | 'ON_DEMAND')[]
      : never,
  );
  assert.equal(key.CurrentKeyMaterialId, Rotations.at(-1)?.KeyMaterialId);
  for (const [index, CiphertextBlob] of blobs.entries()) {
    const opened = await kms.decrypt({ CiphertextBlob }).catch((error: Error) => error.name);
    if (typeof opened === 'string') assert.equal(opened, model.needEnabled());
    else assert.equal(opened.KeyMaterialId, Rotations[model.blobs[index] as number]?.KeyMaterialId);
  }
}

test('a key does what a plain model of its states does', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(moves, { minLength: 5, maxLength: 25 }), async (sequence) => {
      const clock = new TestClock();
      const store = newStore();
      let kms = await openKms({ store, clock: clock.read });
      const KeyId = await newKey(kms);
      const blobs: Uint8Array[] = [];
      const model = new Model(clock.now);
      for (const move of sequence) {
        if (move === 'restart') kms = await openKms({ store, clock: clock.read });
        else if ('days' in move) clock.pass(move.days * day);
        model.now = clock.now;
        if (typeof move === 'object' && 'step' in move && !model.isGone) {
          const expected = move.step.expect(model);
          const found = await move.step.call(kms, KeyId, blobs).then(
            () => 'OK',
            (error: Error) => error.name,
          );
          assert.equal(found, expected, move.step.text);
        }
        await compare(kms, KeyId, blobs, model);
      }
    }),
    { numRuns: 50 },
  );
});
