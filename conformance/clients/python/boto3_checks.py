"""boto3 against the service."""

import datetime
import json

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from checks import ACCOUNT, PLAIN, TLS, UNKNOWN_KEY_ID, check, equal, holds, run_checks

REGION = "ap-south-1"


def client_of(service, **more):
    settings = {
        "endpoint_url": service["endpoint"],
        "region_name": REGION,
        "aws_access_key_id": service["accessKeyId"],
        "aws_secret_access_key": service["secretAccessKey"],
        "config": Config(retries={"max_attempts": 0}),
    }
    return boto3.client("kms", **{**settings, **more})


kms = client_of(PLAIN)


def arn_of(key_id):
    return f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{key_id}"


def refuses(code, message, call, **input):
    try:
        call(**input)
    except ClientError as error:
        equal(error.response["Error"]["Code"], code)
        equal(error.response["Error"].get("Message", ""), message)
        equal(error.response["ResponseMetadata"]["HTTPStatusCode"], 400)
        if code.endswith("Exception") and hasattr(kms.exceptions, code):
            holds(isinstance(error, getattr(kms.exceptions, code)), "it is of the typed class")
        return
    raise AssertionError("it succeeded")


def new_key(**input):
    return kms.create_key(**input)["KeyMetadata"]


@check("a key is made, described, disabled and enabled")
def _():
    key = new_key(Description="größer ✓", Tags=[{"TagKey": "a", "TagValue": "1"}])
    equal(key["Description"], "größer ✓")
    equal(key["Arn"], arn_of(key["KeyId"]))
    holds(isinstance(key["CreationDate"], datetime.datetime), "a time")
    equal(kms.describe_key(KeyId=key["Arn"])["KeyMetadata"], key)
    kms.disable_key(KeyId=key["KeyId"])
    equal(kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"], "Disabled")
    message = f"{key['Arn']} is disabled."
    refuses("DisabledException", message, kms.encrypt, KeyId=key["KeyId"], Plaintext=b"x")
    kms.enable_key(KeyId=key["KeyId"])
    kms.update_key_description(KeyId=key["KeyId"], Description="")
    equal(kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["Description"], "")
    equal(kms.get_key_rotation_status(KeyId=key["KeyId"])["KeyRotationEnabled"], False)


@check("data is encrypted and decrypted with its context alone")
def _():
    key = new_key()
    context = {"purpose": "boto3", "käse": "✓"}
    sealed = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"data", EncryptionContext=context)
    equal(sealed["KeyId"], key["Arn"])
    opened = kms.decrypt(CiphertextBlob=sealed["CiphertextBlob"], EncryptionContext=context)
    equal(opened["Plaintext"], b"data")
    equal(opened["KeyId"], key["Arn"])
    equal(opened["KeyMaterialId"], key["CurrentKeyMaterialId"])
    blob = sealed["CiphertextBlob"]
    wrong = {"purpose": "boto3"}
    for other in ({}, wrong):
        refuses(
            "InvalidCiphertextException",
            "",
            kms.decrypt,
            CiphertextBlob=blob,
            EncryptionContext=other,
        )


@check("a ciphertext moves to another key inside the service")
def _():
    source, destination = new_key(), new_key()
    blob = kms.encrypt(KeyId=source["KeyId"], Plaintext=b"moved")["CiphertextBlob"]
    moved = kms.re_encrypt(
        CiphertextBlob=blob,
        DestinationKeyId=destination["KeyId"],
        DestinationEncryptionContext={"to": "there"},
    )
    equal(moved["SourceKeyId"], source["Arn"])
    equal(moved["KeyId"], destination["Arn"])
    opened = kms.decrypt(
        CiphertextBlob=moved["CiphertextBlob"], EncryptionContext={"to": "there"}
    )
    equal(opened["Plaintext"], b"moved")
    refuses(
        "IncorrectKeyException",
        "The key ID in the request does not identify a CMK that can perform this operation.",
        kms.decrypt,
        CiphertextBlob=blob,
        KeyId=destination["KeyId"],
    )


@check("data keys and random bytes have the length that was asked")
def _():
    key = new_key()
    made = kms.generate_data_key(KeyId=key["KeyId"], KeySpec="AES_256")
    equal(len(made["Plaintext"]), 32)
    equal(kms.decrypt(CiphertextBlob=made["CiphertextBlob"])["Plaintext"], made["Plaintext"])
    sealed = kms.generate_data_key_without_plaintext(KeyId=key["KeyId"], NumberOfBytes=5)
    holds("Plaintext" not in sealed, "only the encrypted form")
    equal(len(kms.decrypt(CiphertextBlob=sealed["CiphertextBlob"])["Plaintext"]), 5)
    equal(len(kms.generate_random(NumberOfBytes=1024)["Plaintext"]), 1024)
    refuses("ValidationException", "NumberOfBytes is required.", kms.generate_random)


@check("faults are typed, and in the words of AWS")
def _():
    refuses(
        "NotFoundException",
        f"Key '{arn_of(UNKNOWN_KEY_ID)}' does not exist",
        kms.describe_key,
        KeyId=UNKNOWN_KEY_ID,
    )
    refuses("NotFoundException", "Invalid keyId 'x'", kms.describe_key, KeyId="x")
    refuses(
        "ValidationException",
        'Alias must start with the prefix "alias/". Please see '
        "https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html",
        kms.create_alias,
        AliasName="app",
        TargetKeyId=new_key()["KeyId"],
    )
    refuses(
        "ValidationException",
        "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: "
        "Member must have length less than or equal to 4096",
        kms.encrypt,
        KeyId=new_key()["KeyId"],
        Plaintext=bytes(4097),
    )
    refuses(
        "DryRunOperationException",
        "The request would have succeeded, but the DryRun option is set.",
        kms.encrypt,
        KeyId=new_key()["KeyId"],
        Plaintext=b"x",
        DryRun=True,
    )


@check("its paginators walk keys, aliases, tags and policies")
def _():
    made = {new_key()["KeyId"] for _ in range(4)}
    target = made.copy().pop()
    names = [f"alias/boto3/{letter}" for letter in "abc"]
    for name in names:
        kms.create_alias(AliasName=name, TargetKeyId=target)
    kms.tag_resource(
        KeyId=target, Tags=[{"TagKey": letter, "TagValue": letter} for letter in "abc"]
    )

    def walk(operation, member, **input):
        pages = kms.get_paginator(operation).paginate(
            PaginationConfig={"PageSize": 2}, **input
        )
        return [item for page in pages for item in page[member]]

    keys = [key["KeyId"] for key in walk("list_keys", "Keys")]
    equal(len(keys), len(set(keys)))
    holds(made <= set(keys), "all keys are listed")
    equal([alias["AliasName"] for alias in walk("list_aliases", "Aliases", KeyId=target)], names)
    tags = walk("list_resource_tags", "Tags", KeyId=target)
    equal([tag["TagKey"] for tag in tags], ["a", "b", "c"])
    equal(walk("list_key_policies", "PolicyNames", KeyId=target), ["default"])
    kms.update_alias(AliasName=names[0], TargetKeyId=(made - {target}).pop())
    kms.delete_alias(AliasName=names[1])
    left = walk("list_aliases", "Aliases", KeyId=target)
    equal([alias["AliasName"] for alias in left], names[2:])
    kms.untag_resource(KeyId=target, TagKeys=["a", "b"])
    equal(kms.list_resource_tags(KeyId=target)["Tags"], [{"TagKey": "c", "TagValue": "c"}])


@check("a policy is returned as it was written")
def _():
    key = new_key()
    policy = json.loads(kms.get_key_policy(KeyId=key["KeyId"])["Policy"])
    policy["Id"] = "mine"
    text = json.dumps(policy, indent=3)
    kms.put_key_policy(KeyId=key["KeyId"], Policy=text)
    equal(kms.get_key_policy(KeyId=key["KeyId"], PolicyName="default")["Policy"], text)


@check("a deletion is scheduled and cancelled")
def _():
    key = new_key()
    scheduled = kms.schedule_key_deletion(KeyId=key["KeyId"], PendingWindowInDays=7)
    equal(scheduled["KeyState"], "PendingDeletion")
    equal(scheduled["PendingWindowInDays"], 7)
    window = scheduled["DeletionDate"] - key["CreationDate"]
    holds(abs(window - datetime.timedelta(days=7)) < datetime.timedelta(minutes=1), "seven days")
    message = f"{key['Arn']} is pending deletion."
    refuses("KMSInvalidStateException", message, kms.encrypt, KeyId=key["KeyId"], Plaintext=b"x")
    equal(kms.cancel_key_deletion(KeyId=key["KeyId"])["KeyId"], key["Arn"])


@check("wrong credentials are refused")
def _():
    wrong_secret = client_of(PLAIN, aws_secret_access_key="x")
    try:
        wrong_secret.list_keys()
    except ClientError as error:
        equal(error.response["Error"]["Code"], "InvalidSignatureException")
    else:
        raise AssertionError("it succeeded")
    refuses(
        "UnrecognizedClientException",
        "The security token included in the request is invalid.",
        client_of(PLAIN, aws_access_key_id="AKIAIOSFODNN7EXAMPLE").list_keys,
    )


@check("it speaks to the service over TLS when it trusts its CA")
def _():
    secured = client_of(TLS, verify=TLS["caFile"])
    key = secured.create_key()["KeyMetadata"]
    blob = secured.encrypt(KeyId=key["KeyId"], Plaintext=b"over TLS")["CiphertextBlob"]
    equal(secured.decrypt(CiphertextBlob=blob)["Plaintext"], b"over TLS")


run_checks()
