// Requests and replies of the operations on custom key stores, of which there are none here.
import type { PageInput, PageOutput, Reply } from './common.ts';

interface XksProxy {
  XksProxyUriEndpoint?: string | undefined;
  XksProxyUriPath?: string | undefined;
  XksProxyVpcEndpointServiceName?: string | undefined;
  XksProxyVpcEndpointServiceOwner?: string | undefined;
  XksProxyAuthenticationCredential?:
    | { AccessKeyId: string | undefined; RawSecretAccessKey: string | undefined }
    | undefined;
  XksProxyConnectivity?: 'PUBLIC_ENDPOINT' | 'VPC_ENDPOINT_SERVICE' | undefined;
}

export interface CreateCustomKeyStoreInput extends XksProxy {
  CustomKeyStoreName: string | undefined;
  CloudHsmClusterId?: string | undefined;
  TrustAnchorCertificate?: string | undefined;
  KeyStorePassword?: string | undefined;
  CustomKeyStoreType?: 'AWS_CLOUDHSM' | 'EXTERNAL_KEY_STORE' | undefined;
}

export interface CreateCustomKeyStoreOutput extends Reply {
  CustomKeyStoreId?: string;
}

export interface DescribeCustomKeyStoresInput extends PageInput {
  CustomKeyStoreId?: string | undefined;
  CustomKeyStoreName?: string | undefined;
}

export interface DescribeCustomKeyStoresOutput extends PageOutput {
  CustomKeyStores: never[];
}

/** Names a custom key store. */
export interface CustomKeyStoreInput {
  CustomKeyStoreId: string | undefined;
}

export interface UpdateCustomKeyStoreInput extends CustomKeyStoreInput, XksProxy {
  NewCustomKeyStoreName?: string | undefined;
  KeyStorePassword?: string | undefined;
  CloudHsmClusterId?: string | undefined;
}
