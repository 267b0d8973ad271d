"""boto3 over IAM and STS: what Terraform's provider for AWS does, in its order, and sessions."""

import json
import os
import tempfile

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError
from checks import ACCOUNT, PLAIN, SETTING, check, equal, holds, run_checks

REGION = "eu-west-1"


def client_of(name, keys=PLAIN):
    return boto3.client(
        name,
        endpoint_url=PLAIN["endpoint"],
        region_name=REGION,
        aws_access_key_id=keys["accessKeyId"],
        aws_secret_access_key=keys["secretAccessKey"],
        aws_session_token=keys.get("sessionToken"),
        config=Config(retries={"max_attempts": 0}),
    )


iam, sts, kms = client_of("iam"), client_of("sts"), client_of("kms")


def arn(rest):
    return f"arn:aws:iam::{ACCOUNT}:{rest}"


def statement(**parts):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **parts}]})


def refuses(code, status, message, call, **input):
    try:
        call(**input)
    except ClientError as error:
        equal(error.response["Error"]["Code"], code)
        equal(error.response["ResponseMetadata"]["HTTPStatusCode"], status)
        if message is not None:
            equal(error.response["Error"]["Message"], message)
        return
    raise AssertionError("it succeeded")


def gone(name, call, **input):
    try:
        call(**input)
    except iam.exceptions.NoSuchEntityException as error:
        equal(error.response["Error"]["Code"], "NoSuchEntity")
        return
    raise AssertionError(f"{name} is still there")


def keys_of(answer):
    key = answer["AccessKey"]
    return {"accessKeyId": key["AccessKeyId"], "secretAccessKey": key["SecretAccessKey"]}


def user_with(name, **parts):
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=statement(**parts))
    return keys_of(iam.create_access_key(UserName=name))


@check("aws_iam_user: created, read, changed, planned clean, destroyed by force")
def _():
    name = "tf-user"
    tags = [{"Key": "Name", "Value": "one two"}]
    iam.create_user(UserName=name, Path="/system/", Tags=tags)

    def read(name):
        user = iam.get_user(UserName=name)["User"]
        holds("PermissionsBoundary" not in user, "no boundary")
        return {k: user.get(k) for k in ("UserName", "Path", "Arn", "UserId", "Tags")}

    planned = read(name)
    equal(planned["Arn"], arn("user/system/tf-user"))
    equal(planned["Tags"], tags)
    equal(read(name), planned)
    iam.update_user(UserName=name, NewUserName="tf-user2", NewPath="/")
    iam.tag_user(UserName="tf-user2", Tags=[{"Key": "new", "Value": ""}])
    iam.untag_user(UserName="tf-user2", TagKeys=["Name"])
    changed = read("tf-user2")
    equal(changed["UserId"], planned["UserId"])
    equal(changed["Tags"], [{"Key": "new", "Value": ""}])
    name = "tf-user2"
    iam.create_access_key(UserName=name)
    # force_destroy looks for everything that a user can have.
    equal(iam.list_groups_for_user(UserName=name)["Groups"], [])
    for key in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]:
        iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
    equal(iam.list_ssh_public_keys(UserName=name)["SSHPublicKeys"], [])
    equal(iam.list_virtual_mfa_devices(AssignmentStatus="Assigned")["VirtualMFADevices"], [])
    equal(iam.list_mfa_devices(UserName=name)["MFADevices"], [])
    gone("the password", iam.delete_login_profile, UserName=name)
    equal(iam.list_signing_certificates(UserName=name)["Certificates"], [])
    credentials = iam.list_service_specific_credentials(UserName=name)
    equal(credentials["ServiceSpecificCredentials"], [])
    iam.delete_user(UserName=name)
    gone(name, iam.get_user, UserName=name)


@check("aws_iam_access_key: created, read from the list, changed, destroyed")
def _():
    name = "tf-key"
    iam.create_user(UserName=name)
    made = iam.create_access_key(UserName=name)["AccessKey"]

    def read():
        pages = iam.get_paginator("list_access_keys").paginate(UserName=name)
        keys = [key for page in pages for key in page["AccessKeyMetadata"]]
        equal([key["AccessKeyId"] for key in keys], [made["AccessKeyId"]])
        return keys[0]

    equal(read()["Status"], "Active")
    equal(read()["CreateDate"], made["CreateDate"])
    iam.update_access_key(UserName=name, AccessKeyId=made["AccessKeyId"], Status="Inactive")
    equal(read()["Status"], "Inactive")
    iam.delete_access_key(UserName=name, AccessKeyId=made["AccessKeyId"])
    equal(iam.list_access_keys(UserName=name)["AccessKeyMetadata"], [])
    iam.delete_user(UserName=name)


@check("aws_iam_user_policy: created, read, changed, destroyed")
def _():
    name, policy = "tf-user-policy", "tf-inline"
    iam.create_user(UserName=name)
    for action in ("kms:Encrypt", "kms:Decrypt"):
        document = statement(Action=action, Resource="*")
        iam.put_user_policy(UserName=name, PolicyName=policy, PolicyDocument=document)
        got = iam.get_user_policy(UserName=name, PolicyName=policy)
        # boto3 decodes the document; Terraform compares what it means.
        equal(got["PolicyDocument"], json.loads(document))
    iam.delete_user_policy(UserName=name, PolicyName=policy)
    gone(policy, iam.get_user_policy, UserName=name, PolicyName=policy)
    iam.delete_user(UserName=name)


@check("aws_iam_policy: created, read, changed past the quota of versions, destroyed")
def _():
    made = iam.create_policy(
        PolicyName="tf-policy",
        Path="/tf/",
        Description="by Terraform",
        PolicyDocument=statement(Action="kms:Decrypt", Resource="*"),
        Tags=[{"Key": "a", "Value": "b"}],
    )["Policy"]

    def read():
        policy = iam.get_policy(PolicyArn=made["Arn"])["Policy"]
        equal(policy["Description"], "by Terraform")
        equal(policy["Tags"], [{"Key": "a", "Value": "b"}])
        return iam.get_policy_version(
            PolicyArn=made["Arn"], VersionId=policy["DefaultVersionId"]
        )["PolicyVersion"]["Document"]

    for i in range(7):
        versions = iam.list_policy_versions(PolicyArn=made["Arn"])["Versions"]
        if len(versions) >= 5:
            oldest = min(
                (v for v in versions if not v["IsDefaultVersion"]),
                key=lambda v: (v["CreateDate"], int(v["VersionId"][1:])),
            )
            iam.delete_policy_version(PolicyArn=made["Arn"], VersionId=oldest["VersionId"])
        document = statement(Action=f"kms:Decrypt{i}", Resource="*")
        iam.create_policy_version(
            PolicyArn=made["Arn"], PolicyDocument=document, SetAsDefault=True
        )
        equal(read(), json.loads(document))
    for version in iam.list_policy_versions(PolicyArn=made["Arn"])["Versions"]:
        if not version["IsDefaultVersion"]:
            iam.delete_policy_version(PolicyArn=made["Arn"], VersionId=version["VersionId"])
    iam.delete_policy(PolicyArn=made["Arn"])
    gone(made["Arn"], iam.get_policy, PolicyArn=made["Arn"])


@check("aws_iam_role and aws_iam_role_policy_attachment: created, read, changed, destroyed")
def _():
    name = "tf-role"
    trust = statement(Action="sts:AssumeRole", Principal={"AWS": arn("root")})
    iam.create_role(
        RoleName=name,
        Path="/",
        AssumeRolePolicyDocument=trust,
        MaxSessionDuration=3600,
        Tags=[{"Key": "a", "Value": "b"}],
    )

    def read():
        role = iam.get_role(RoleName=name)["Role"]
        inline = iam.list_role_policies(RoleName=name)["PolicyNames"]
        managed = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
        return role, inline, managed

    role, inline, managed = read()
    equal(role["AssumeRolePolicyDocument"], json.loads(trust))
    equal((role["MaxSessionDuration"], inline, managed), (3600, [], []))
    other = statement(Action="sts:AssumeRole", Principal={"AWS": ACCOUNT})
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=other)
    iam.update_role_description(RoleName=name, Description="changed")
    iam.update_role(RoleName=name, MaxSessionDuration=43200)
    iam.put_role_policy(
        RoleName=name,
        PolicyName="inline",
        PolicyDocument=statement(Action="kms:Encrypt", Resource="*"),
    )
    document = statement(Action="kms:Decrypt", Resource="*")
    policy = iam.create_policy(PolicyName="tf-attached", PolicyDocument=document)["Policy"]
    iam.attach_role_policy(RoleName=name, PolicyArn=policy["Arn"])
    # Terraform repeats an attachment that it is not sure of.
    iam.attach_role_policy(RoleName=name, PolicyArn=policy["Arn"])
    role, inline, managed = read()
    equal((role["Description"], role["MaxSessionDuration"]), ("changed", 43200))
    # An account's number stands for its root, and is given back as that.
    stored = role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["AWS"]
    holds(stored in (ACCOUNT, arn("root")), stored)
    equal((inline, [each["PolicyArn"] for each in managed]), (["inline"], [policy["Arn"]]))
    refuses(
        "DeleteConflict",
        409,
        "Cannot delete entity, must detach all policies first.",
        iam.delete_role,
        RoleName=name,
    )
    iam.detach_role_policy(RoleName=name, PolicyArn=policy["Arn"])
    gone("attachment", iam.detach_role_policy, RoleName=name, PolicyArn=policy["Arn"])
    iam.delete_policy(PolicyArn=policy["Arn"])
    equal(iam.list_instance_profiles_for_role(RoleName=name)["InstanceProfiles"], [])
    iam.delete_role_policy(RoleName=name, PolicyName="inline")
    iam.delete_role(RoleName=name)
    gone(name, iam.get_role, RoleName=name)


@check("aws_iam_group and its members: created, read, changed, destroyed")
def _():
    iam.create_group(GroupName="tf-group", Path="/")
    iam.create_user(UserName="tf-member")
    iam.add_user_to_group(GroupName="tf-group", UserName="tf-member")
    iam.update_group(GroupName="tf-group", NewGroupName="tf-group2", NewPath="/x/")
    got = iam.get_group(GroupName="tf-group2")
    equal(got["Group"]["Arn"], arn("group/x/tf-group2"))
    equal([user["UserName"] for user in got["Users"]], ["tf-member"])
    iam.remove_user_from_group(GroupName="tf-group2", UserName="tf-member")
    iam.delete_group(GroupName="tf-group2")
    gone("tf-group2", iam.get_group, GroupName="tf-group2")
    iam.delete_user(UserName="tf-member")


@check("a restricted user may do what his policy allows, and nothing else")
def _():
    key = kms.create_key()["KeyMetadata"]["Arn"]
    keys = user_with("py-restricted", Action="kms:Encrypt", Resource=key)
    own = client_of("kms", keys)
    sealed = own.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    refuses(
        "AccessDeniedException",
        400,
        f"User: {arn('user/py-restricted')} is not authorized to perform: kms:Decrypt on "
        "the resource associated with this ciphertext because no identity-based policy allows the kms:Decrypt action",
        own.decrypt,
        CiphertextBlob=sealed,
    )
    refuses("AccessDenied", 403, None, client_of("iam", keys).list_users)
    equal(client_of("sts", keys).get_caller_identity()["Arn"], arn("user/py-restricted"))


@check("spaces, signs and other scripts come back as they were sent")
def _():
    description = "a+b %20 & c=d <x> \"é\" ~*'()"
    trust = statement(Action="sts:AssumeRole", Principal={"AWS": "*"}, Sid="a")
    iam.create_role(
        RoleName="py-signs", AssumeRolePolicyDocument=trust, Description=description
    )
    equal(iam.get_role(RoleName="py-signs")["Role"]["Description"], description)
    iam.delete_role(RoleName="py-signs")
    tags = [{"Key": "größe", "Value": "東京 / Ω"}]
    iam.create_user(UserName="py-signs", Tags=tags)
    equal(iam.list_user_tags(UserName="py-signs")["Tags"], tags)
    equal(iam.list_user_tags(UserName="py-signs", MaxItems=1)["IsTruncated"], False)
    iam.delete_user(UserName="py-signs")
    equal(iam.list_roles(PathPrefix="/none/")["Roles"], [])


def profile_session(text, **environment):
    """A session as a program has it that is configured by files and the environment alone."""
    folder = tempfile.mkdtemp()
    path = os.path.join(folder, "config")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.environ["AWS_CONFIG_FILE"] = path
    for name, value in environment.items():
        os.environ[name] = value
    session = boto3.Session(botocore_session=botocore.session.Session(profile="job"))
    return session.client("sts", endpoint_url=PLAIN["endpoint"])


@check("a profile with a role and a source profile")
def _():
    keys = user_with("py-source", Action="sts:AssumeRole", Resource=arn("role/py-role"))
    trust = statement(
        Action="sts:AssumeRole",
        Principal={"AWS": arn("user/py-source")},
        Condition={"StringEquals": {"sts:ExternalId": "42"}},
    )
    iam.create_role(RoleName="py-role", AssumeRolePolicyDocument=trust)
    client = profile_session(
        "[profile source]\n"
        f"aws_access_key_id = {keys['accessKeyId']}\n"
        f"aws_secret_access_key = {keys['secretAccessKey']}\n"
        "[profile job]\n"
        f"region = {REGION}\n"
        f"role_arn = {arn('role/py-role')}\n"
        "role_session_name = py-session\nexternal_id = 42\nsource_profile = source\n",
        AWS_ENDPOINT_URL_STS=PLAIN["endpoint"],
    )
    equal(
        client.get_caller_identity()["Arn"],
        f"arn:aws:sts::{ACCOUNT}:assumed-role/py-role/py-session",
    )
    refuses(
        "AccessDenied",
        403,
        f"User: {arn('user/py-source')} is not authorized to perform: sts:AssumeRole on "
        f"resource: {arn('role/py-role')}",
        client_of("sts", keys).assume_role,
        RoleArn=arn("role/py-role"),
        RoleSessionName="without",
    )


@check("a profile with a role and a token of a web identity")
def _():
    with tempfile.NamedTemporaryFile("w", delete=False) as file:
        file.write(SETTING["webToken"])
    client = profile_session(
        f"[profile job]\nregion = {REGION}\nrole_arn = {SETTING['webRole']}\n"
        f"role_session_name = py-web\nweb_identity_token_file = {file.name}\n",
        AWS_ENDPOINT_URL_STS=PLAIN["endpoint"],
    )
    role = SETTING["webRole"].split("/")[-1]
    equal(
        client.get_caller_identity()["Arn"],
        f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/py-web",
    )


@check("a token that does not belong to its key, and none at all, are refused")
def _():
    keys = user_with("py-token", Action="sts:*", Resource="*")
    made = client_of("sts", keys).get_session_token(DurationSeconds=900)["Credentials"]
    session = {
        "accessKeyId": made["AccessKeyId"],
        "secretAccessKey": made["SecretAccessKey"],
        "sessionToken": made["SessionToken"],
    }
    equal(client_of("sts", session).get_caller_identity()["Arn"], arn("user/py-token"))
    other = client_of("sts", keys).get_session_token()["Credentials"]
    invalid = "The security token included in the request is invalid."
    for token in (None, other["SessionToken"], "x" + made["SessionToken"], "nonsense"):
        wrong = {**session, "sessionToken": token}
        call = client_of("sts", wrong).get_caller_identity
        refuses("InvalidClientTokenId", 403, invalid, call)
        call = client_of("kms", wrong).list_keys
        refuses("UnrecognizedClientException", 400, invalid, call)
    iam.delete_access_key(UserName="py-token", AccessKeyId=keys["accessKeyId"])
    refuses("InvalidClientTokenId", 403, invalid, client_of("sts", session).get_caller_identity)


run_checks()
