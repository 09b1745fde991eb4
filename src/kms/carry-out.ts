// A call from its input to its result, with its record: of a change in the change's own commit, of all else here, before or soon
// after the result, as the trail's mode says. Nothing is given out whose record cannot be kept.
import { isBytes } from '../model/shape.ts';
import type { LoggedMembers } from '../trail/event.ts';
import type { Operation } from './family.ts';
import type { Service } from './service.ts';

/** No await comes before the operation: it copies its input first of all. */
export async function carryOut<T>(service: Service, operation: Operation<T>, input: unknown): Promise<T> {
  const { call, by } = service;
  const { log } = service.keyring;
  let body: T;
  try {
    body = await operation(service, input);
  } catch (error) {
    const written = log?.add(call, by, error);
    if (written) await written;
    throw error;
  }
  if (log === undefined || call.isRecorded) return body;
  call.additional ??= materialsOf(body);
  const written = log.add(call, by, undefined);
  if (written === undefined) return body;
  try {
    await written;
  } catch (error) {
    if (typeof body === 'object' && body !== null)
      for (const value of Object.values(body)) if (isBytes(value)) value.fill(0);
    throw error;
  }
  return body;
}

/** The material that was used, where the reply tells. */
function materialsOf(body: unknown): LoggedMembers | null {
  if (typeof body !== 'object' || body === null) return null;
  const own = (name: string): unknown =>
    Object.hasOwn(body, name) ? (body as Record<string, unknown>)[name] : undefined;
  const one = own('KeyMaterialId');
  if (typeof one === 'string') return { keyMaterialId: one };
  const [source, destination] = [own('SourceKeyMaterialId'), own('DestinationKeyMaterialId')];
  if (source === undefined && destination === undefined) return null;
  return {
    ...(source === undefined ? {} : { sourceKeyMaterialId: source }),
    ...(destination === undefined ? {} : { destinationKeyMaterialId: destination }),
  };
}
