// Shapes of the members that few requests have, made of the second half of the table of constraints (constraints/rare.ts).
import { everyday } from './constraints/everyday.ts';
import { rare, rareNames } from './constraints/rare.ts';
import type { GrantOperation } from './grant-record.ts';
import type { WrappingAlgorithm, WrappingKeySpec } from './imports.ts';
import { list, oneOf, type Shape, structure, text, whole } from './shape.ts';

// Keys
export const pendingWindowMember: Shape<number> = whole(rare.PendingWindowInDays);
/** The service takes less than its model allows. */
export const narrowPendingWindowMember: Shape<number> = whole(rare.PendingWindowInDaysOfService);
export const rotationPeriodMember: Shape<number> = whole(rare.RotationPeriodInDays);
export const includeKeyMaterialMember: Shape<'ALL_KEY_MATERIAL' | 'ROTATIONS_ONLY'> = oneOf(
  rareNames.IncludeKeyMaterial,
);
export const regionMember: Shape<string> = text(rare.Region);
export const xksKeyIdMember: Shape<string> = text(rare.XksKeyId);

// Policies
export const policyMember: Shape<string> = text(rare.Policy);
export const policyNameMember: Shape<string> = text(rare.PolicyName);

// Tags
const tagKey: Shape<string> = text(rare.TagKey);
export const tagsMember: Shape<readonly { readonly TagKey: string; readonly TagValue: string }[]> = list(
  structure({ TagKey: tagKey, TagValue: text(rare.TagValue) }, {}),
  rare.Tags,
);
export const tagKeysMember: Shape<readonly string[]> = list(tagKey, rare.Tags);

// Grants
export const principalMember: Shape<string> = text(rare.Principal);
export const grantIdMember: Shape<string> = text(rare.GrantId);
export const grantNameMember: Shape<string> = text(rare.GrantName);
export const grantTokenMember: Shape<string> = text(everyday.GrantToken);
export const grantOperationsMember: Shape<readonly GrantOperation[]> = list(
  oneOf(rareNames.GrantOperation),
  rare.GrantOperations,
);
export const sourceArnMember: Shape<string> = text(rare.SourceArn);

// Imports
export const wrappingAlgorithmMember: Shape<WrappingAlgorithm> = oneOf(rareNames.AlgorithmSpec);
export const wrappingKeySpecMember: Shape<WrappingKeySpec> = oneOf(rareNames.WrappingKeySpec);
export const expirationModelMember: Shape<'KEY_MATERIAL_EXPIRES' | 'KEY_MATERIAL_DOES_NOT_EXPIRE'> = oneOf(
  rareNames.ExpirationModelType,
);
export const importTypeMember: Shape<'NEW_KEY_MATERIAL' | 'EXISTING_KEY_MATERIAL'> = oneOf(rareNames.ImportType);
export const materialIdMember: Shape<string> = text(rare.KeyMaterialId);
export const materialDescriptionMember: Shape<string> = text(rare.KeyMaterialDescription);

// Custom key stores
export const keyStoreNameMember: Shape<string> = text(rare.CustomKeyStoreName);
export const keyStorePasswordMember: Shape<string> = text(rare.KeyStorePassword);
export const keyStoreTypeMember: Shape<'AWS_CLOUDHSM' | 'EXTERNAL_KEY_STORE'> = oneOf(rareNames.CustomKeyStoreType);
export const clusterIdMember: Shape<string> = text(rare.CloudHsmClusterId);
export const trustAnchorMember: Shape<string> = text(rare.TrustAnchorCertificate);
export const proxyEndpointMember: Shape<string> = text(rare.XksProxyUriEndpoint);
export const proxyPathMember: Shape<string> = text(rare.XksProxyUriPath);
export const proxyServiceNameMember: Shape<string> = text(rare.XksProxyVpcEndpointServiceName);
export const proxyServiceOwnerMember: Shape<string> = text(rare.XksProxyVpcEndpointServiceOwner);
export const proxyCredentialMember: Shape<{ readonly AccessKeyId: string; readonly RawSecretAccessKey: string }> =
  structure(
    {
      AccessKeyId: text(rare.XksProxyAccessKeyId),
      RawSecretAccessKey: text(rare.XksProxyRawSecretAccessKey),
    },
    {},
  );
export const proxyConnectivityMember: Shape<'PUBLIC_ENDPOINT' | 'VPC_ENDPOINT_SERVICE'> = oneOf(
  rareNames.XksProxyConnectivityType,
);
