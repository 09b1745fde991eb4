# What boto3 of Debian says to `keyhaven serve`: each line of the output is one thing that was found, as JSON.
import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

url = sys.argv[1]


def client(region='us-east-1', key='AKIDTESTS', secret='secret of the tests', token=None):
    return boto3.client(
        'kms',
        endpoint_url=url,
        region_name=region,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        aws_session_token=token,
        config=Config(retries={'max_attempts': 0}),
    )


def code(call, **arguments):
    try:
        call(**arguments)
        return 'no error'
    except ClientError as error:
        return error.response['Error']['Code']


found = {}
kms = client()
keys = [kms.create_key(Description='k\u00fc')['KeyMetadata'] for _ in range(10)]
found['distinct keys'] = len({key['KeyId'] for key in keys})
found['description'] = kms.describe_key(KeyId=keys[0]['KeyId'])['KeyMetadata']['Description']
found['date'] = str(type(keys[0]['CreationDate']).__name__)
kms.create_alias(AliasName='alias/boto', TargetKeyId=keys[0]['KeyId'])
context = {'a': '1', '\u00f6': ''}
sealed = kms.encrypt(KeyId='alias/boto', Plaintext=b'\x00\xffhello', EncryptionContext=context)
found['plaintext'] = kms.decrypt(CiphertextBlob=sealed['CiphertextBlob'], EncryptionContext=context)['Plaintext'].hex()
found['data key'] = len(kms.generate_data_key(KeyId='alias/boto', KeySpec='AES_256')['Plaintext'])
found['random'] = len(kms.generate_random(NumberOfBytes=1024)['Plaintext'])
moved = kms.re_encrypt(
    CiphertextBlob=sealed['CiphertextBlob'], SourceEncryptionContext=context, DestinationKeyId=keys[1]['KeyId']
)
found['moved'] = kms.decrypt(CiphertextBlob=moved['CiphertextBlob'])['KeyId'] == keys[1]['Arn']
kms.tag_resource(KeyId=keys[0]['KeyId'], Tags=[{'TagKey': 'a', 'TagValue': ''}])
found['tags'] = kms.list_resource_tags(KeyId=keys[0]['KeyId'])['Tags']
pages = kms.get_paginator('list_keys').paginate(PaginationConfig={'PageSize': 3})
found['pages'] = [len(page['Keys']) for page in pages]
kms.disable_key(KeyId=keys[0]['KeyId'])
found['errors'] = [
    code(kms.encrypt, KeyId='alias/boto', Plaintext=b'x'),
    code(kms.describe_key, KeyId='alias/none'),
    code(kms.decrypt, CiphertextBlob=moved['CiphertextBlob'], EncryptionContext=context),
    code(kms.create_alias, AliasName='alias/boto', TargetKeyId=keys[0]['KeyId']),
    code(kms.create_alias, AliasName='alias/aws/boto', TargetKeyId=keys[0]['KeyId']),
    code(kms.describe_custom_key_stores, CustomKeyStoreId='x'),
    code(client(secret='wrong').list_keys),
    code(client(key='AKIDNOBODY').list_keys),
    code(client(token='x').list_keys),
]
try:
    kms.describe_key(KeyId='alias/none')
except kms.exceptions.NotFoundException as error:
    found['typed'] = error.response['Error']['Message']
session = client(key='AKIDSESSION', secret='secret of a session', token='token/of+a session==')
found['session'] = len(session.list_keys()['Keys'])
found['elsewhere'] = len(client(region='eu-west-3').list_keys()['Keys'])
found['neighbour'] = len(client(key='AKIDNEIGHBOUR', secret='secret of another account').list_keys()['Keys'])
print(json.dumps(found))
