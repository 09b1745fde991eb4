// Callers and policies for tests of authorisation.
import type { Kms } from '../../src/index.ts';

export const account = '000000000000';
export const rootArn = `arn:aws:iam::${account}:root`;
export const userArn = (name: string, of: string = account): string => `arn:aws:iam::${of}:user/${name}`;

/** The same service for a user to whom the account's own policies give nothing. */
export const asUser = (kms: Kms, name: string, of: string = account): Kms => kms.as({ arn: userArn(name, of) });

interface Statement {
  Effect?: 'Allow' | 'Deny';
  Principal?: unknown;
  Action?: string | string[];
  NotAction?: string | string[];
  Resource?: string;
  Condition?: unknown;
}

/** A policy that leaves everything to the account, and further statements (Allow, on `*`). */
export const policyWith = (...statements: Statement[]): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { AWS: rootArn }, Action: 'kms:*', Resource: '*' },
      ...statements.map((statement) => ({ Effect: 'Allow', Resource: '*', ...statement })),
    ],
  });
