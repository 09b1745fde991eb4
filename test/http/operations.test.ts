// The table of operations against the pinned AWS SDK.
import * as sdk from '@aws-sdk/client-kms';
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { methodOf, operationNames, parseTarget } from '../../src/http/operations.ts';
import { newKms } from '../support/kms.ts';

const commands = Object.keys(sdk)
  .filter((name) => name.endsWith('Command') && !name.startsWith('$'))
  .map((name) => name.slice(0, -'Command'.length))
  .sort();

describe('the table of operations', () => {
  test('has those of the AWS SDK, each of them, and no other', () => {
    assert.equal(commands.length, 56);
    assert.deepEqual([...operationNames].sort(), commands);
  });

  test('leads to the methods of the service, and to nothing else', async () => {
    const kms = await newKms();
    assert.isFunction(methodOf(kms, 'Encrypt'));
    for (const target of [
      'TrentService.as',
      'TrentService.destroy',
      'TrentService.constructor',
      'TrentService.__proto__',
      'TrentService.encrypt',
      'Encrypt',
      'trentservice.Encrypt',
      'TrentService.',
      '',
      undefined,
    ])
      assert.isUndefined(parseTarget(target), target);
    assert.equal(parseTarget('TrentService.GenerateDataKey'), 'GenerateDataKey');
  });
});
