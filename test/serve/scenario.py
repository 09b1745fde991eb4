# Takes the steps of scenario.ts with Debian's boto3 or Debian's AWS CLI, and prints what became of each, as JSON. The CLI's own code
# runs in this process, command line by command line: starting it a hundred times would take minutes.
#
# Operations and members that these versions are too old for come from the model of the pinned AWS SDK, in a file of the kind that
# botocore keeps for additions (`sdk-extras`). What Debian's own model has stays Debian's.
import base64
import contextlib
import io
import json
import os
import re
import sys

client_name, url, scenario_file, model_file = sys.argv[1:]
with open(scenario_file) as opened:
    scenario = json.load(opened)
with open(model_file) as opened:
    pinned = json.load(opened)
replies = {}


def additions(own):
    """What the pinned model has and this one has not."""
    operations = {name: pinned['operations'][name] for name in pinned['operations'] if name not in own['operations']}
    shapes = {name: shape for name, shape in pinned['shapes'].items() if name not in own['shapes']}
    members = []
    for name, operation in own['operations'].items():
        own_members = own['shapes'][operation['input']['shape']]['members']
        pinned_members = pinned['shapes'][pinned['operations'][name]['input']['shape']]['members']
        newer = {member: pinned_members[member] for member in pinned_members if member not in own_members}
        if newer:
            shapes[operation['input']['shape']] = {'members': newer}
            members += [f'{name}.{member}' for member in newer]
    # Names of values that were added since, so that nothing is refused before it is sent.
    for name, shape in pinned['shapes'].items():
        if 'enum' in shape and name in own['shapes']:
            shapes[name] = {'enum': shape['enum']}
    return {'merge': {'operations': operations, 'shapes': shapes}}, sorted(operations), members


def teach(loader):
    extras, operations, members = additions(loader.load_service_model('kms', 'service-2'))
    folder = os.path.join(os.environ['HOME'], '.aws', 'models', 'kms', loader.determine_latest_version('kms', 'service-2'))
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, 'service-2.sdk-extras.json'), 'w') as file:
        json.dump(extras, file)
    return operations, members


def resolve(value):
    if isinstance(value, str) and value.startswith('$'):
        found = replies
        for part in value[1:].split('.'):
            found = found[part]
        return found
    if isinstance(value, list):
        return [resolve(each) for each in value]
    if isinstance(value, dict):
        return {key: resolve(each) for key, each in value.items()}
    return value


def wrapped(parameters):
    """Key material for an import, under the public key of the moment."""
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import padding

    public_key = serialization.load_der_public_key(base64.b64decode(parameters['PublicKey']))
    oaep = padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=None)
    return base64.b64encode(public_key.encrypt(bytes([7] * 32), oaep)).decode()


class Boto3:
    def __init__(self):
        import botocore.session

        self.newer = teach(botocore.session.get_session().get_component('data_loader'))
        import boto3
        from botocore.config import Config

        # The service judges members, and not this client.
        config = Config(retries={'max_attempts': 0}, parameter_validation=False)
        self.kms = boto3.client('kms', endpoint_url=url, config=config)
        methods = self.kms.meta.method_to_api_mapping
        self.methods = {operation: method for method, operation in methods.items()}

    def call(self, operation, request):
        from botocore.exceptions import ClientError

        members = self.kms.meta.service_model.operation_model(operation).input_shape.members
        request = {
            name: base64.b64decode(value) if members[name].type_name == 'blob' else value
            for name, value in request.items()
        }
        try:
            reply = getattr(self.kms, self.methods[operation])(**request)
        except ClientError as error:
            return error.response['Error']['Code'], {}
        return '', {name: base64.b64encode(value).decode() if isinstance(value, bytes) else value for name, value in reply.items()}


class Cli:
    def __init__(self):
        import awscli.botocore.session
        from awscli.botocore.loaders import create_loader

        self.newer = teach(create_loader())
        import awscli.clidriver

        self.driver = awscli.clidriver.create_clidriver()

    def call(self, operation, request):
        from awscli.botocore import xform_name

        line = ['--endpoint-url', url, '--output', 'json', 'kms', xform_name(operation, '-')]
        for name, value in request.items():
            option = xform_name(name, '-')
            if isinstance(value, bool):
                line.append(f'--{option}' if value else f'--no-{option}')
            else:
                line += [f'--{option}', value if isinstance(value, str) else json.dumps(value)]
        out, told = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(told):
            status = self.driver.main(line)
        error = re.search(r'An error occurred \((\w+)\) when calling the (\w+) operation', told.getvalue())
        if status == 0:
            return '', json.loads(out.getvalue() or '{}')
        if error is None or error[2] != operation:
            raise RuntimeError(f'{" ".join(line)}: {told.getvalue()}')
        return error[1], {}


client = Boto3() if client_name == 'boto3' else Cli()
outcomes = []
for step in scenario['steps']:
    request = resolve(step['input'])
    if 'wraps' in step:
        request['EncryptedKeyMaterial'] = wrapped(replies[step['wraps']])
    error, reply = client.call(step['operation'], request)
    outcomes.append(error)
    if 'as' in step:
        replies[step['as']] = reply
operations, members = client.newer
print(json.dumps({'outcomes': outcomes, 'newerOperations': operations, 'newerMembers': members}))
