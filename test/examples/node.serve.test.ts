// The template for Node and PostgreSQL, in the oldest Node of this machine and in Bun.
import { binary } from '../support/example.ts';
import { nodes } from '../support/serve-process.ts';
import { onPostgres } from './places.ts';
import { describeService } from './service-suite.ts';

describeService('the template for Node', () => onPostgres(nodes[0] as string));
describeService('the template for Node in Bun', () => onPostgres(binary('bun')));
