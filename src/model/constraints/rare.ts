// The second half of the table in everyday.ts: what few pages send, and names that belong to kinds of keys.

export const rare = {
  // Keys
  PendingWindowInDays: { min: 1, max: 365 },
  /** What the service itself takes of it. */
  PendingWindowInDaysOfService: { min: 7, max: 30 },
  RotationPeriodInDays: { min: 90, max: 2560 },
  Region: { min: 1, max: 32, pattern: '^([a-z]+-){2,3}\\d+$' },
  XksKeyId: { min: 1, max: 128, pattern: '^[a-zA-Z0-9-_.]+$' },

  // Policies
  Policy: { min: 1, max: 131_072, pattern: '[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+' },
  PolicyName: { min: 1, max: 128, pattern: '[\\w]+' },

  // Tags
  TagKey: { min: 1, max: 128 },
  TagValue: { min: 0, max: 256 },
  /** The model gives lists of tags no length; this bound only keeps the work finite. */
  Tags: { min: 0, max: 10_000 },

  // Grants
  Principal: { min: 1, max: 256, pattern: '^[\\w+=,.@:/-]+$' },
  GrantId: { min: 1, max: 128 },
  GrantName: { min: 1, max: 256, pattern: '^[a-zA-Z0-9:/_-]+$' },
  /** The model gives it no upper length: it has no more names. */
  GrantOperations: { min: 1, max: 100 },
  SourceArn: { min: 1, max: 2048 },

  // Imports
  KeyMaterialId: { min: 64, max: 64, pattern: '^[a-f0-9]+$' },
  KeyMaterialDescription: { min: 0, max: 256, pattern: '^[a-zA-Z0-9:/_\\s.-]+$' },

  // Custom key stores
  CustomKeyStoreName: { min: 1, max: 256 },
  KeyStorePassword: { min: 7, max: 32 },
  CloudHsmClusterId: { min: 19, max: 24, pattern: 'cluster-[2-7a-zA-Z]{11,16}' },
  TrustAnchorCertificate: { min: 1, max: 5000 },
  XksProxyUriEndpoint: { min: 10, max: 128, pattern: '^https://[a-zA-Z0-9.-]+$' },
  XksProxyUriPath: {
    min: 10,
    max: 128,
    pattern: '^(/[a-zA-Z0-9\\/_-]+/kms/xks/v\\d{1,2})$|^(/kms/xks/v\\d{1,2})$',
  },
  XksProxyVpcEndpointServiceName: {
    min: 20,
    max: 64,
    pattern: '^(com|eu)\\.amazonaws\\.vpce\\.([a-z]+-){2,3}\\d+\\.vpce-svc-[0-9a-z]+$',
  },
  XksProxyVpcEndpointServiceOwner: { min: 12, max: 12, pattern: '[0-9]{12}' },
  XksProxyAccessKeyId: { min: 20, max: 30, pattern: '^[A-Z2-7]+$' },
  XksProxyRawSecretAccessKey: { min: 43, max: 64, pattern: '^[a-zA-Z0-9\\/+=]+$' },
} as const;

/** Each list in the order in which AWS names it to a caller who sent something else, where that is known. */
export const rareNames = {
  // Keys
  KeySpec: [
    'RSA_2048',
    'RSA_3072',
    'RSA_4096',
    'ECC_NIST_P256',
    'ECC_NIST_P384',
    'ECC_NIST_P521',
    'ECC_SECG_P256K1',
    'ECC_NIST_EDWARDS25519',
    'SYMMETRIC_DEFAULT',
    'HMAC_224',
    'HMAC_256',
    'HMAC_384',
    'HMAC_512',
    'SM2',
    'ML_DSA_44',
    'ML_DSA_65',
    'ML_DSA_87',
    'ML_KEM_512',
    'ML_KEM_768',
    'ML_KEM_1024',
  ],
  /** What CreateKey took before there was KeySpec. */
  CustomerMasterKeySpec: [
    'RSA_2048',
    'RSA_3072',
    'RSA_4096',
    'ECC_NIST_P256',
    'ECC_NIST_P384',
    'ECC_NIST_P521',
    'ECC_SECG_P256K1',
    'SYMMETRIC_DEFAULT',
    'HMAC_224',
    'HMAC_256',
    'HMAC_384',
    'HMAC_512',
    'SM2',
  ],
  DataKeyPairSpec: [
    'RSA_2048',
    'RSA_3072',
    'RSA_4096',
    'ECC_NIST_P256',
    'ECC_NIST_P384',
    'ECC_NIST_P521',
    'ECC_SECG_P256K1',
    'SM2',
    'ECC_NIST_EDWARDS25519',
    'ML_KEM_512',
    'ML_KEM_768',
    'ML_KEM_1024',
  ],
  KeyUsageType: ['ENCRYPT_DECRYPT', 'SIGN_VERIFY', 'GENERATE_VERIFY_MAC', 'KEY_AGREEMENT', 'ENCAPSULATE_DECAPSULATE'],
  OriginType: ['AWS_KMS', 'EXTERNAL', 'AWS_CLOUDHSM', 'EXTERNAL_KEY_STORE'],
  IncludeKeyMaterial: ['ALL_KEY_MATERIAL', 'ROTATIONS_ONLY'],

  // Algorithms
  SigningAlgorithmSpec: [
    'RSASSA_PSS_SHA_256',
    'RSASSA_PSS_SHA_384',
    'RSASSA_PSS_SHA_512',
    'RSASSA_PKCS1_V1_5_SHA_256',
    'RSASSA_PKCS1_V1_5_SHA_384',
    'RSASSA_PKCS1_V1_5_SHA_512',
    'ECDSA_SHA_256',
    'ECDSA_SHA_384',
    'ECDSA_SHA_512',
    'ED25519_SHA_512',
    'ED25519_PH_SHA_512',
    'SM2DSA',
    'ML_DSA_SHAKE_256',
  ],
  MacAlgorithmSpec: ['HMAC_SHA_384', 'HMAC_SHA_256', 'HMAC_SHA_224', 'HMAC_SHA_512'],
  KeyAgreementAlgorithmSpec: ['ECDH'],
  EncapsulationAlgorithmSpec: ['ML_KEM'],
  MessageType: ['RAW', 'DIGEST', 'EXTERNAL_MU'],

  // Grants
  GrantOperation: [
    'Decrypt',
    'Encrypt',
    'GenerateDataKey',
    'GenerateDataKeyWithoutPlaintext',
    'ReEncryptFrom',
    'ReEncryptTo',
    'Sign',
    'Verify',
    'GetPublicKey',
    'CreateGrant',
    'RetireGrant',
    'DescribeKey',
    'GenerateDataKeyPair',
    'GenerateDataKeyPairWithoutPlaintext',
    'GenerateMac',
    'VerifyMac',
    'DeriveSharedSecret',
    'Encapsulate',
    'Decapsulate',
  ],

  // Imports
  AlgorithmSpec: [
    'RSAES_PKCS1_V1_5',
    'RSAES_OAEP_SHA_1',
    'RSAES_OAEP_SHA_256',
    'RSA_AES_KEY_WRAP_SHA_1',
    'RSA_AES_KEY_WRAP_SHA_256',
    'SM2PKE',
  ],
  WrappingKeySpec: ['RSA_2048', 'RSA_3072', 'RSA_4096', 'SM2'],
  ExpirationModelType: ['KEY_MATERIAL_EXPIRES', 'KEY_MATERIAL_DOES_NOT_EXPIRE'],
  ImportType: ['NEW_KEY_MATERIAL', 'EXISTING_KEY_MATERIAL'],

  // Custom key stores
  CustomKeyStoreType: ['AWS_CLOUDHSM', 'EXTERNAL_KEY_STORE'],
  XksProxyConnectivityType: ['PUBLIC_ENDPOINT', 'VPC_ENDPOINT_SERVICE'],
} as const;
