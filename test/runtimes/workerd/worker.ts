// The worker that the tests run in; most call the library directly, so it serves nothing.
import { DurableObject } from 'cloudflare:workers';
import { callsOf } from '../../../src/edge/index.ts';
import { openKms } from '../../../src/index.ts';
import { durableObjectStore } from '../../../src/store/durable-object.ts';
import { rootFromSecret } from '../../../src/unlock/index.ts';

/** A Durable Object for the tests to look into. What they call over the platform's own RPC is a keyring. */
export class Place extends DurableObject {
  async call(operation: string, input: unknown): Promise<unknown> {
    // Random bytes that everybody knows: these keys protect nothing.
    const root = await rootFromSecret('b7bNHrMFxqLoBUQK/4rrvDTtCqyKXyMpmSxuXdrA4hA=');
    const kms = await openKms({ store: durableObjectStore(this.ctx.storage), root });
    return callsOf(kms.as({ arn: 'arn:aws:iam::000000000000:user/worker', isAdministrator: true }))(operation, input);
  }
}

export default { fetch: (): Response => new Response('keyhaven tests') };
