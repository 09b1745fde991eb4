// One call as its caller sees it: the wait that the call's options allow, a reply with its `$metadata`, an error that bears the
// call's id and says what a row that does not open has come to.
import type * as api from '../model/api/index.ts';
import { KeyUndecryptable, KmsError, StoreCorrupt } from '../model/errors/index.ts';
import { lazily } from '../model/lazily.ts';
import { Call } from './call.ts';
import { awaitWith } from './call-options.ts';
import { carryOut } from './carry-out.ts';
import type { Operation } from './family.ts';
import type { IdleService } from './service.ts';

const root = lazily(() => import('./root.ts'));

/** @param name of the operation, as AWS writes it */
export async function answer<T>(
  idle: IdleService,
  name: string,
  operation: Operation<T>,
  input: unknown,
  options: api.CallOptions | undefined,
): Promise<T & api.Reply> {
  const call = new Call(name);
  const { requestId } = call;
  const { access, ...service } = idle;
  try {
    // No await before this call: the operation copies its input first of all.
    const body = await awaitWith(options, () =>
      carryOut({ ...service, keyring: access.keyring(service.scope), call }, operation, input),
    );
    return { ...body, $metadata: { httpStatusCode: 200, requestId, attempts: 1, totalRetryDelay: 0 } };
  } catch (error) {
    const isRow = error instanceof StoreCorrupt || error instanceof KeyUndecryptable;
    const explained = isRow ? await (await root()).explain(access, error) : error;
    if (explained instanceof KmsError) explained.$metadata.requestId = requestId;
    throw explained;
  }
}
