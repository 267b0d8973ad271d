"""The AWS Encryption SDK for Python: answers each line of JSON on its input by one."""

import json
import sys
from base64 import b64decode, b64encode

import aws_encryption_sdk
from aws_encryption_sdk.identifiers import AlgorithmSuite, CommitmentPolicy
from keyrings import key_store_of, keyring_source
from providers import provider_source

SOURCES = {"keyrings": keyring_source, "master key providers": provider_source}


def client_of(request):
    return aws_encryption_sdk.EncryptionSDKClient(
        commitment_policy=CommitmentPolicy[request["policy"]],
        max_encrypted_data_keys=request.get("maxEncryptedDataKeys"),
    )


def source_of(request):
    return SOURCES[request["api"]](request)


def encrypt(request):
    message, _ = client_of(request).encrypt(
        source=b64decode(request["plaintext"]),
        algorithm=AlgorithmSuite.get_by_id(request["suiteId"]),
        frame_length=request["frameLength"],
        encryption_context=request["context"],
        **source_of(request),
    )
    return {"message": b64encode(message).decode()}


def decrypt(request):
    reproduced = request.get("reproducedContext")
    more = {} if reproduced is None else {"encryption_context": reproduced}
    plaintext, header = client_of(request).decrypt(
        source=b64decode(request["message"]), **source_of(request), **more
    )
    context = {**header.encryption_context, **(reproduced or {})}
    return {"plaintext": b64encode(plaintext).decode(), "context": context}


def create_branch_key(request):
    from aws_cryptographic_material_providers.keystore.models import CreateKeyInput

    made = key_store_of(request["store"]).create_key(
        CreateKeyInput(
            branch_key_identifier=request.get("branchKeyId"),
            encryption_context=request.get("context"),
        )
    )
    return {"branchKeyId": made.branch_key_identifier}


def version_branch_key(request):
    from aws_cryptographic_material_providers.keystore.models import VersionKeyInput

    key_store_of(request["store"]).version_key(
        VersionKeyInput(branch_key_identifier=request["branchKeyId"])
    )
    return {}


OPERATIONS = {
    "encrypt": encrypt,
    "decrypt": decrypt,
    "createBranchKey": create_branch_key,
    "versionBranchKey": version_branch_key,
}

for line in sys.stdin:
    request = json.loads(line)
    try:
        reply = {"answer": OPERATIONS[request["operation"]](request)}
    except Exception as error:
        reply = {"fault": f"{type(error).__name__}: {error}"}
    print(json.dumps({"id": request["id"], **reply}), flush=True)
