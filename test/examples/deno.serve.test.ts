// The template for Deno, with its database in a file.
import { onDeno } from './places.ts';
import { describeService } from './service-suite.ts';

describeService('the template for Deno', () => onDeno());
