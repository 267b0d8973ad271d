"""boto3 as a restricted user, and what Terraform's provider does with keys, aliases and grants."""

import json

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from checks import ACCOUNT, PLAIN, check, equal, holds, run_checks

REGION = "eu-west-2"


def client_of(name, keys=PLAIN):
    return boto3.client(
        name,
        endpoint_url=PLAIN["endpoint"],
        region_name=REGION,
        aws_access_key_id=keys["accessKeyId"],
        aws_secret_access_key=keys["secretAccessKey"],
        config=Config(retries={"max_attempts": 0}),
    )


iam, kms = client_of("iam"), client_of("kms")


def arn(rest):
    return f"arn:aws:iam::{ACCOUNT}:{rest}"


def document(*statements):
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": "kms:*", "Resource": "*", **each}
                for each in statements
            ],
        }
    )


def new_user(name, *statements):
    """A user with a policy of these statements; without any, with none."""
    iam.create_user(UserName=name)
    if statements:
        iam.put_user_policy(
            UserName=name, PolicyName="own", PolicyDocument=document(*statements)
        )
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return client_of(
        "kms",
        {"accessKeyId": key["AccessKeyId"], "secretAccessKey": key["SecretAccessKey"]},
    )


def new_key(**input):
    return kms.create_key(**input)["KeyMetadata"]["Arn"]


def refuses(code, message, call, **input):
    try:
        call(**input)
    except ClientError as error:
        equal(error.response["Error"]["Code"], code)
        equal(error.response["ResponseMetadata"]["HTTPStatusCode"], 400)
        if message is not None:
            equal(error.response["Error"]["Message"], message)
        return
    raise AssertionError("it succeeded")


def denied(user, action, what, kind="identity-based"):
    return (
        f"User: {arn(user)} is not authorized to perform: {action} on {what} "
        f"because no {kind} policy allows the {action} action"
    )


@check("a user is let in by an identity policy, under one encryption context")
def _():
    key = new_key()
    own = new_user(
        "py-context",
        {
            "Action": ["kms:Encrypt", "kms:Decrypt"],
            "Resource": key,
            "Condition": {"StringEquals": {"kms:EncryptionContext:tenant": "one"}},
        },
    )
    one, two = {"tenant": "one"}, {"tenant": "two"}
    blob = own.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext=one)["CiphertextBlob"]
    equal(own.decrypt(CiphertextBlob=blob, EncryptionContext=one)["Plaintext"], b"x")
    text = denied("user/py-context", "kms:Encrypt", f"resource: {key}")
    refuses(
        "AccessDeniedException", text, own.encrypt, KeyId=key, Plaintext=b"x", EncryptionContext=two
    )
    refuses("AccessDeniedException", None, own.describe_key, KeyId=key)
    refuses(
        "AccessDeniedException",
        denied("user/py-context", "kms:ListKeys", "resource: *"),
        own.list_keys,
    )


@check("a user is let in by a key policy, and locked out by another one")
def _():
    own = new_user("py-key-policy")
    root = {"Principal": {"AWS": arn("root")}}
    policy = document(root, {"Principal": {"AWS": arn("user/py-key-policy")}})
    key = new_key(Policy=policy)
    own.encrypt(KeyId=key, Plaintext=b"x")
    equal(own.get_key_policy(KeyId=key)["Policy"], policy)
    kms.put_key_policy(
        KeyId=key,
        Policy=document(
            root, {"Effect": "Deny", "Principal": {"AWS": arn("user/py-key-policy")}}
        ),
    )
    refuses(
        "AccessDeniedException",
        f"User: {arn('user/py-key-policy')} is not authorized to perform: kms:Encrypt on "
        f"resource: {key} with an explicit deny in a resource-based policy",
        own.encrypt,
        KeyId=key,
        Plaintext=b"x",
    )
    refuses(
        "MalformedPolicyDocumentException",
        "The new key policy will not allow you to update the key policy in the future.",
        kms.put_key_policy,
        KeyId=key,
        Policy=document({"Principal": {"AWS": arn("user/py-key-policy")}}),
    )
    refuses(
        "MalformedPolicyDocumentException",
        "Policy contains a statement with one or more invalid principals.",
        kms.create_key,
        Policy=document(root, {"Principal": {"AWS": arn("user/nobody")}}),
    )


@check("a user is let in by a grant, until it is retired")
def _():
    key = new_key()
    own = new_user("py-grantee")
    text = denied("user/py-grantee", "kms:Encrypt", f"resource: {key}")
    refuses("AccessDeniedException", text, own.encrypt, KeyId=key, Plaintext=b"x")
    made = kms.create_grant(
        KeyId=key,
        GranteePrincipal=arn("user/py-grantee"),
        Operations=["Encrypt", "Decrypt", "RetireGrant"],
        Constraints={"EncryptionContextEquals": {"job": "1"}},
    )
    context = {"job": "1"}
    blob = own.encrypt(
        KeyId=key,
        Plaintext=b"x",
        EncryptionContext=context,
        GrantTokens=[made["GrantToken"]],
    )["CiphertextBlob"]
    equal(own.decrypt(CiphertextBlob=blob, EncryptionContext=context)["Plaintext"], b"x")
    refuses("AccessDeniedException", text, own.encrypt, KeyId=key, Plaintext=b"x")
    own.retire_grant(GrantToken=made["GrantToken"])
    refuses(
        "AccessDeniedException",
        text,
        own.encrypt,
        KeyId=key,
        Plaintext=b"x",
        EncryptionContext=context,
    )
    refuses(
        "NotFoundException", None, kms.revoke_grant, KeyId=key, GrantId=made["GrantId"]
    )


def read_grant(key, grant_id):
    """As aws_kms_grant is read: by walking all grants of the key."""
    pages = kms.get_paginator("list_grants").paginate(KeyId=key)
    found = [grant for page in pages for grant in page["Grants"] if grant["GrantId"] == grant_id]
    return found[0] if found else None


@check("aws_kms_key, aws_kms_alias and aws_kms_grant: created, read, planned clean, destroyed")
def _():
    iam.create_user(UserName="tf-grantee")
    policy = document({"Principal": {"AWS": arn("root")}})
    key = new_key(Policy=policy, Tags=[{"TagKey": "stack", "TagValue": "tf"}])
    kms.create_alias(AliasName="alias/tf-access", TargetKeyId=key)
    made = kms.create_grant(
        KeyId=key,
        GranteePrincipal=arn("user/tf-grantee"),
        RetiringPrincipal=arn("root"),
        Operations=["Decrypt", "GenerateDataKey"],
        Constraints={"EncryptionContextSubset": {"app": "tf"}},
        Name="tf-grant",
    )
    for _ in range(2):
        equal(json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]), json.loads(policy))
        equal(kms.list_resource_tags(KeyId=key)["Tags"], [{"TagKey": "stack", "TagValue": "tf"}])
        equal(kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"], False)
        grant = read_grant(key, made["GrantId"])
        equal(grant["GranteePrincipal"], arn("user/tf-grantee"))
        equal(grant["RetiringPrincipal"], arn("root"))
        equal(sorted(grant["Operations"]), ["Decrypt", "GenerateDataKey"])
        equal(grant["Constraints"], {"EncryptionContextSubset": {"app": "tf"}})
        equal(grant["Name"], "tf-grant")
    kms.retire_grant(GrantToken=made["GrantToken"])
    equal(read_grant(key, made["GrantId"]), None)
    kms.delete_alias(AliasName="alias/tf-access")
    state = kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)["KeyState"]
    equal(state, "PendingDeletion")
    iam.delete_user(UserName="tf-grantee")
    holds(read_grant(key, made["GrantId"]) is None, "the grant is gone")


run_checks()
