// Key policies that keyhaven writes itself.

/** The policy that a key gets where none is given: the account may do everything. */
export function defaultPolicy(accountId: string): string {
  const statement = {
    Sid: 'Enable IAM User Permissions',
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${accountId}:root` },
    Action: 'kms:*',
    Resource: '*',
  };
  return JSON.stringify({ Version: '2012-10-17', Id: 'key-default-1', Statement: [statement] }, null, 2);
}

/**
 * The policy of the key behind `alias/aws/<service>`: all in the account may use it through the service, and look at it. It
 * lets nobody change it.
 */
export function awsManagedPolicy(accountId: string, region: string, service: string): string {
  const through = {
    Sid: `Allow access through ${service} for all principals in the account that are authorized to use ${service}`,
    Effect: 'Allow',
    Principal: { AWS: '*' },
    Action: [
      'kms:Encrypt',
      'kms:Decrypt',
      'kms:ReEncrypt*',
      'kms:GenerateDataKey*',
      'kms:CreateGrant',
      'kms:DescribeKey',
    ],
    Resource: '*',
    Condition: {
      StringEquals: { 'kms:CallerAccount': accountId, 'kms:ViaService': `${service}.${region}.amazonaws.com` },
    },
  };
  const direct = {
    Sid: 'Allow direct access to key metadata to the account',
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${accountId}:root` },
    Action: ['kms:Describe*', 'kms:Get*', 'kms:List*', 'kms:RevokeGrant'],
    Resource: '*',
  };
  return JSON.stringify({ Version: '2012-10-17', Id: `auto-${service}-1`, Statement: [through, direct] }, null, 2);
}
