# Takes the steps of scenario.ts with boto3: prints what became of each, as JSON. Steps of operations that this boto3 is too old for
# are left out, and named.
import base64
import json
import re
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, ParamValidationError

url, file = sys.argv[1:]
with open(file) as opened:
    scenario = json.load(opened)
kms = boto3.client(
    'kms',
    endpoint_url=url,
    region_name='us-east-1',
    aws_access_key_id='AKIDTESTS',
    aws_secret_access_key='secret of the tests',
    # The service judges members, and not this client.
    config=Config(retries={'max_attempts': 0}, parameter_validation=False),
)
replies = {}


def resolve(value, name=''):
    if isinstance(value, str) and value.startswith('$'):
        found = replies
        for part in value[1:].split('.'):
            found = found[part]
        return found
    if isinstance(value, str) and name in scenario['blobs']:
        return base64.b64decode(value)
    if isinstance(value, list):
        return [resolve(each) for each in value]
    if isinstance(value, dict):
        return {key: resolve(each, key) for key, each in value.items()}
    return value


outcomes, left_out = [], []
known = set(kms.meta.service_model.operation_names)
for step in scenario['steps']:
    operation = step['operation']
    members = kms.meta.service_model.operation_model(operation).input_shape.members if operation in known else {}
    uses = re.findall(r'"\$(\w+)\.', json.dumps(step['input']))
    if operation not in known or not all(name in members for name in step['input']) or not all(name in replies for name in uses):
        left_out.append(operation)
        continue
    method = kms.meta.method_to_api_mapping
    name = next(python for python, api in method.items() if api == operation)
    try:
        reply = getattr(kms, name)(**resolve(step['input']))
        outcomes.append([operation, ''])
        if 'as' in step:
            replies[step['as']] = reply
    except ClientError as error:
        outcomes.append([operation, error.response['Error']['Code']])
print(json.dumps({'outcomes': outcomes, 'leftOut': left_out}))
