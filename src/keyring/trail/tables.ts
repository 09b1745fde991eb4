// The rows of the trail. Apart from the others, so that only those who read or write the trail load how its ids are made.
import type { Scope } from '../../model/arn.ts';
import type { Ref } from '../../store/port.ts';
import { groupId } from '../../trail/chain.ts';
import { prefixOf } from '../tables.ts';

/** The row of a group of the trail. @param first sequence number of its first event */
export const groupRef = (first: number): Ref & { table: 'trail' } => ({ table: 'trail', id: groupId(first) });
/** The key that signs the digests of an account and Region. */
export const signingKeyRef = (scope: Scope): Ref & { table: 'trail-keys' } => ({
  table: 'trail-keys',
  id: `${prefixOf(scope)}digests`,
});
export const headRef: Ref & { table: 'trail-head' } = { table: 'trail-head', id: 'head' };
