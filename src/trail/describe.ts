// From a call that has ended to the event that the store keeps: the one place where something of a request gets into the trail.
import { isUntold } from '../model/errors/base.ts';
import { KmsError } from '../model/errors/index.ts';
import type { LoggedMembers, TrailContext, TrailEvent } from './event.ts';
import { operations } from './operations.ts';

/** What a call leaves behind for its record. */
export interface EndedCall {
  readonly name: string;
  readonly requestId: string;
  /** The request as it was read and checked; undefined where it was refused as a whole. */
  readonly request: object | undefined;
  readonly resources: readonly string[];
  readonly elements: LoggedMembers | null;
  readonly additional: LoggedMembers | null;
}

/** @param error what the call ended with; undefined where it succeeded */
export const describeCall = (call: EndedCall, by: TrailContext, at: number, error: unknown): TrailEvent => ({
  at,
  by,
  name: call.name,
  requestId: call.requestId,
  parameters: pick(call.name, call.request),
  resources: [...call.resources],
  error: error === undefined ? null : describeError(error),
  elements: error === undefined ? call.elements : null,
  additional: error === undefined ? call.additional : null,
  details: null,
});

/** The members that the operation's record may hold. Requests have no prototype, so that each of them is own. */
function pick(name: string, request: object | undefined): LoggedMembers | null {
  const operation = operations[name];
  if (request === undefined || operation === undefined) return null;
  const picked: Record<string, unknown> = {};
  let isEmpty = true;
  for (const member of operation.members) {
    const given = (request as Record<string, unknown>)[member];
    const value = given ?? (Object.hasOwn(operation.standard, member) ? operation.standard[member] : undefined);
    if (value === undefined) continue;
    picked[member] = value;
    isEmpty = false;
  }
  return isEmpty ? null : picked;
}

/** CloudTrail's names of errors. What went wrong unexpectedly may have anything in its text, and shows its name alone. */
function describeError(error: unknown): { code: string; message: string } {
  if (!(error instanceof KmsError)) return { code: 'InternalFailure', message: '' };
  const code = error.name === 'AccessDeniedException' ? 'AccessDenied' : error.name;
  return { code, message: isUntold(error) ? '' : withoutValues(error.message) };
}

/** A value that was refused was not checked: it may be a token, or a secret in the wrong place. Of it only the place is told. */
function withoutValues(message: string): string {
  const [count] = /^\d+ validation errors? detected/.exec(message) ?? [];
  if (count === undefined) return message;
  const members = Array.from(message.matchAll(/ at '([\w.]{1,64})' failed to satisfy constraint/g), ([, name]) => name);
  return `${count}: at ${[...new Set(members)].join(', ')}`;
}
