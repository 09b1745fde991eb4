// The second half of the table in members.ts: members of requests that few pages make.
import { list, oneOf, type Shape, structure, text, whole } from './shape.ts';

// Keys
/** The service model allows 1 to 365 days; the service itself 7 to 30 (kms/deletion.ts). */
export const pendingWindowMember: Shape<number> = whole(1, 365);
export const rotationPeriodMember: Shape<number> = whole(90, 2560);
export const includeKeyMaterialMember: Shape<'ALL_KEY_MATERIAL' | 'ROTATIONS_ONLY'> = oneOf([
  'ALL_KEY_MATERIAL',
  'ROTATIONS_ONLY',
]);
export const regionMember: Shape<string> = text({ min: 1, max: 32, pattern: '^([a-z]+-){2,3}\\d+$' });
export const xksKeyIdMember: Shape<string> = text({ min: 1, max: 128, pattern: '^[a-zA-Z0-9-_.]+$' });

// Policies
export const policyMember: Shape<string> = text({
  min: 1,
  max: 131_072,
  pattern: '[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+',
});
export const policyNameMember: Shape<string> = text({ min: 1, max: 128, pattern: '[\\w]+' });

// Tags. The service model gives their lists no length; this bound only keeps the work finite.
const tagKey: Shape<string> = text({ min: 1, max: 128 });
const tagValue: Shape<string> = text({ min: 0, max: 256 });
export const tagsMember: Shape<readonly { readonly TagKey: string; readonly TagValue: string }[]> = list(
  structure({ TagKey: tagKey, TagValue: tagValue }, {}),
  0,
  10_000,
);
export const tagKeysMember: Shape<readonly string[]> = list(tagKey, 0, 10_000);

// Grants
export const principalMember: Shape<string> = text({ min: 1, max: 256, pattern: '^[\\w+=,.@:/-]+$' });
export const grantIdMember: Shape<string> = text({ min: 1, max: 128 });
export const grantNameMember: Shape<string> = text({ min: 1, max: 256, pattern: '^[a-zA-Z0-9:/_-]+$' });
export const grantTokenMember: Shape<string> = text({ min: 1, max: 8192 });
export const sourceArnMember: Shape<string> = text({ min: 1, max: 2048 });

// Imports
export const wrappingAlgorithmMember: Shape<
  | 'RSAES_PKCS1_V1_5'
  | 'RSAES_OAEP_SHA_1'
  | 'RSAES_OAEP_SHA_256'
  | 'RSA_AES_KEY_WRAP_SHA_1'
  | 'RSA_AES_KEY_WRAP_SHA_256'
  | 'SM2PKE'
> = oneOf([
  'RSAES_PKCS1_V1_5',
  'RSAES_OAEP_SHA_1',
  'RSAES_OAEP_SHA_256',
  'RSA_AES_KEY_WRAP_SHA_1',
  'RSA_AES_KEY_WRAP_SHA_256',
  'SM2PKE',
]);
export const wrappingKeySpecMember: Shape<'RSA_2048' | 'RSA_3072' | 'RSA_4096' | 'SM2'> = oneOf([
  'RSA_2048',
  'RSA_3072',
  'RSA_4096',
  'SM2',
]);
export const expirationModelMember: Shape<'KEY_MATERIAL_EXPIRES' | 'KEY_MATERIAL_DOES_NOT_EXPIRE'> = oneOf([
  'KEY_MATERIAL_EXPIRES',
  'KEY_MATERIAL_DOES_NOT_EXPIRE',
]);
export const importTypeMember: Shape<'NEW_KEY_MATERIAL' | 'EXISTING_KEY_MATERIAL'> = oneOf([
  'NEW_KEY_MATERIAL',
  'EXISTING_KEY_MATERIAL',
]);
export const materialIdMember: Shape<string> = text({ min: 64, max: 64, pattern: '^[a-f0-9]+$' });
export const materialDescriptionMember: Shape<string> = text({ min: 0, max: 256, pattern: '^[a-zA-Z0-9:/_\\s.-]+$' });

// Custom key stores
export const keyStoreNameMember: Shape<string> = text({ min: 1, max: 256 });
export const keyStorePasswordMember: Shape<string> = text({ min: 7, max: 32 });
export const keyStoreTypeMember: Shape<'AWS_CLOUDHSM' | 'EXTERNAL_KEY_STORE'> = oneOf([
  'AWS_CLOUDHSM',
  'EXTERNAL_KEY_STORE',
]);
export const clusterIdMember: Shape<string> = text({ min: 19, max: 24, pattern: 'cluster-[2-7a-zA-Z]{11,16}' });
export const trustAnchorMember: Shape<string> = text({ min: 1, max: 5000 });
export const proxyEndpointMember: Shape<string> = text({ min: 10, max: 128, pattern: '^https://[a-zA-Z0-9.-]+$' });
export const proxyPathMember: Shape<string> = text({
  min: 10,
  max: 128,
  pattern: '^(/[a-zA-Z0-9\\/_-]+/kms/xks/v\\d{1,2})$|^(/kms/xks/v\\d{1,2})$',
});
export const proxyServiceNameMember: Shape<string> = text({
  min: 20,
  max: 64,
  pattern: '^(com|eu)\\.amazonaws\\.vpce\\.([a-z]+-){2,3}\\d+\\.vpce-svc-[0-9a-z]+$',
});
export const proxyServiceOwnerMember: Shape<string> = text({ min: 12, max: 12, pattern: '[0-9]{12}' });
export const proxyCredentialMember: Shape<{ readonly AccessKeyId: string; readonly RawSecretAccessKey: string }> =
  structure(
    {
      AccessKeyId: text({ min: 20, max: 30, pattern: '^[A-Z2-7]+$' }),
      RawSecretAccessKey: text({ min: 43, max: 64, pattern: '^[a-zA-Z0-9\\/+=]+$' }),
    },
    {},
  );
export const proxyConnectivityMember: Shape<'PUBLIC_ENDPOINT' | 'VPC_ENDPOINT_SERVICE'> = oneOf([
  'PUBLIC_ENDPOINT',
  'VPC_ENDPOINT_SERVICE',
]);
