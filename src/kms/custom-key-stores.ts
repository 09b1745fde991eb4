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
import { limitMember, markerMember } from '../model/members.ts';
import { oneOf, structure, text } from '../model/shape.ts';
import { authoriseInAccount } from './authorise.ts';
import type { Body, Service } from './service.ts';

const storeId = text({ min: 1, max: 64 });
const storeName = text({ min: 1, max: 256 });
const password = text({ min: 7, max: 32 });
const clusterId = text({ min: 19, max: 24, pattern: /^cluster-[2-7a-zA-Z]{11,16}$/ });
const proxyMembers = {
  XksProxyUriEndpoint: text({ min: 10, max: 128, pattern: /^https:\/\/[a-zA-Z0-9.-]+$/ }),
  XksProxyUriPath: text({
    min: 10,
    max: 128,
    pattern: /^(\/[a-zA-Z0-9/_-]+\/kms\/xks\/v\d{1,2})$|^(\/kms\/xks\/v\d{1,2})$/,
  }),
  XksProxyVpcEndpointServiceName: text({
    min: 20,
    max: 64,
    pattern: /^com\.amazonaws\.vpce\.([a-z]+-){2,3}\d+\.vpce-svc-[0-9a-z]+$/,
  }),
  XksProxyVpcEndpointServiceOwner: text({ min: 12, max: 12, pattern: /^\d{12}$/ }),
  XksProxyAuthenticationCredential: structure(
    {
      AccessKeyId: text({ min: 20, max: 30, pattern: /^[A-Z2-7]+$/ }),
      RawSecretAccessKey: text({ min: 43, max: 64, pattern: /^[a-zA-Z0-9/+=]+$/ }),
    },
    {},
  ),
  XksProxyConnectivity: oneOf(['PUBLIC_ENDPOINT', 'VPC_ENDPOINT_SERVICE']),
};

const createRequest = structure(
  { CustomKeyStoreName: storeName },
  {
    CloudHsmClusterId: clusterId,
    TrustAnchorCertificate: text({ min: 1, max: 5000 }),
    KeyStorePassword: password,
    CustomKeyStoreType: oneOf(['AWS_CLOUDHSM', 'EXTERNAL_KEY_STORE']),
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
  { CustomKeyStoreId: storeId, CustomKeyStoreName: storeName, Limit: limitMember, Marker: markerMember },
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

const namedRequest = structure({ CustomKeyStoreId: storeId }, {});

/** ConnectCustomKeyStore, DisconnectCustomKeyStore and DeleteCustomKeyStore. */
export const refuseNamed =
  (operation: 'ConnectCustomKeyStore' | 'DisconnectCustomKeyStore' | 'DeleteCustomKeyStore') =>
  async (service: Service, input: unknown): Promise<void> => {
    const request = service.call.read(namedRequest, input);
    authoriseInAccount(service, operation);
    throw notFound(request.CustomKeyStoreId);
  };

const updateRequest = structure(
  { CustomKeyStoreId: storeId },
  { NewCustomKeyStoreName: storeName, KeyStorePassword: password, CloudHsmClusterId: clusterId, ...proxyMembers },
);

export async function updateCustomKeyStore(service: Service, input: unknown): Promise<void> {
  const request = service.call.read(updateRequest, input);
  authoriseInAccount(service, 'UpdateCustomKeyStore');
  throw notFound(request.CustomKeyStoreId);
}

const notFound = (name: string): CustomKeyStoreNotFoundException =>
  new CustomKeyStoreNotFoundException(`There is no custom key store ${name}: there are none here.`);
