// Create-, Describe-, Connect-, Disconnect-, Update- and DeleteCustomKeyStore. There is neither a CloudHSM cluster nor an external
// key store proxy here, so none can be made, and none is there: the answers are those of AWS for a cluster or a proxy that it
// cannot find.
import type { CreateCustomKeyStoreOutput, DescribeCustomKeyStoresOutput } from '../model/api/index.ts';
import {
  CloudHsmClusterNotFoundException,
  CustomKeyStoreNotFoundException,
  InvalidMarkerException,
  ValidationException,
  XksProxyUriUnreachableException,
} from '../model/errors/index.ts';
import { customKeyStoreIdMember, limitMember, markerMember } from '../model/members.ts';
import {
  clusterIdMember,
  keyStoreNameMember,
  keyStorePasswordMember,
  keyStoreTypeMember,
  proxyConnectivityMember,
  proxyCredentialMember,
  proxyEndpointMember,
  proxyPathMember,
  proxyServiceNameMember,
  proxyServiceOwnerMember,
  trustAnchorMember,
} from '../model/rare-members.ts';
import { structure } from '../model/shape.ts';
import { authoriseInAccount } from './authorise.ts';
import type { Body, Service } from './service.ts';

const proxyMembers = {
  XksProxyUriEndpoint: proxyEndpointMember,
  XksProxyUriPath: proxyPathMember,
  XksProxyVpcEndpointServiceName: proxyServiceNameMember,
  XksProxyVpcEndpointServiceOwner: proxyServiceOwnerMember,
  XksProxyAuthenticationCredential: proxyCredentialMember,
  XksProxyConnectivity: proxyConnectivityMember,
};

const createRequest = structure(
  { CustomKeyStoreName: keyStoreNameMember },
  {
    CloudHsmClusterId: clusterIdMember,
    TrustAnchorCertificate: trustAnchorMember,
    KeyStorePassword: keyStorePasswordMember,
    CustomKeyStoreType: keyStoreTypeMember,
    ...proxyMembers,
  },
);

export async function createCustomKeyStore(
  service: Service,
  input: unknown,
): Promise<Body<CreateCustomKeyStoreOutput>> {
  const request = service.call.read(createRequest, input);
  authoriseInAccount(service, 'CreateCustomKeyStore');
  const isExternal = request.CustomKeyStoreType === 'EXTERNAL_KEY_STORE';
  const needed = isExternal
    ? (['XksProxyUriEndpoint', 'XksProxyUriPath', 'XksProxyAuthenticationCredential', 'XksProxyConnectivity'] as const)
    : (['CloudHsmClusterId', 'TrustAnchorCertificate', 'KeyStorePassword'] as const);
  for (const member of needed) {
    if (request[member] === undefined) {
      throw new ValidationException(
        `${member} is required for a custom key store of type ${isExternal ? 'EXTERNAL_KEY_STORE' : 'AWS_CLOUDHSM'}.`,
      );
    }
  }
  throw isExternal
    ? new XksProxyUriUnreachableException('There are no external key stores here: the proxy is not called.')
    : new CloudHsmClusterNotFoundException(`There is no CloudHSM cluster with the id ${request.CloudHsmClusterId}.`);
}

const describeRequest = structure(
  {},
  {
    CustomKeyStoreId: customKeyStoreIdMember,
    CustomKeyStoreName: keyStoreNameMember,
    Limit: limitMember,
    Marker: markerMember,
  },
);

export async function describeCustomKeyStores(
  service: Service,
  input: unknown,
): Promise<Body<DescribeCustomKeyStoresOutput>> {
  const { CustomKeyStoreId, CustomKeyStoreName, Marker } = service.call.read(describeRequest, input);
  authoriseInAccount(service, 'DescribeCustomKeyStores');
  if (CustomKeyStoreId !== undefined && CustomKeyStoreName !== undefined)
    throw new ValidationException('CustomKeyStoreId and CustomKeyStoreName cannot be used together.');
  const name = CustomKeyStoreId ?? CustomKeyStoreName;
  if (name !== undefined) throw notFound(name);
  if (Marker !== undefined) throw new InvalidMarkerException(`Could not deserialize marker '${Marker}'`);
  return { CustomKeyStores: [], Truncated: false };
}

const namedRequest = structure({ CustomKeyStoreId: customKeyStoreIdMember }, {});

type Named = 'ConnectCustomKeyStore' | 'DisconnectCustomKeyStore' | 'DeleteCustomKeyStore';

const refuseNamed =
  (operation: Named) =>
  async (service: Service, input: unknown): Promise<void> => {
    const request = service.call.read(namedRequest, input);
    authoriseInAccount(service, operation);
    throw notFound(request.CustomKeyStoreId);
  };

type Refusal = ReturnType<typeof refuseNamed>;
export const connectCustomKeyStore: Refusal = refuseNamed('ConnectCustomKeyStore');
export const disconnectCustomKeyStore: Refusal = refuseNamed('DisconnectCustomKeyStore');
export const deleteCustomKeyStore: Refusal = refuseNamed('DeleteCustomKeyStore');

const updateRequest = structure(
  { CustomKeyStoreId: customKeyStoreIdMember },
  {
    NewCustomKeyStoreName: keyStoreNameMember,
    KeyStorePassword: keyStorePasswordMember,
    CloudHsmClusterId: clusterIdMember,
    ...proxyMembers,
  },
);

export async function updateCustomKeyStore(service: Service, input: unknown): Promise<void> {
  const request = service.call.read(updateRequest, input);
  authoriseInAccount(service, 'UpdateCustomKeyStore');
  throw notFound(request.CustomKeyStoreId);
}

const notFound = (name: string): CustomKeyStoreNotFoundException =>
  new CustomKeyStoreNotFoundException(`There is no custom key store ${name}: there are none here.`);
