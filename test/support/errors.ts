// Catching what a promise rejects with.
import { assert } from 'chai';
import { KmsError } from '../../src/index.ts';

/** The KmsError that a promise rejects with; anything else fails the test. */
export async function failure(promise: Promise<unknown>): Promise<KmsError> {
  try {
    await promise;
  } catch (error) {
    if (!(error instanceof KmsError)) throw error;
    assert.equal(error.name, error.code);
    return error;
  }
  throw new Error('The promise was fulfilled and should have been rejected.');
}

/** Checks the name of the error that a promise rejects with, and (where given) its whole message. */
export async function assertFails(promise: Promise<unknown>, name: string, message?: string | RegExp): Promise<void> {
  const error = await failure(promise);
  assert.equal(error.name, name, error.message);
  if (typeof message === 'string') assert.equal(error.message, message);
  else if (message) assert.match(error.message, message);
}
