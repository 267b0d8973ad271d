"""boto3 over every operation that botocore knows, in what it does and in what it refuses."""

import datetime
import os
import time

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from checks import ACCOUNT, PLAIN, SETTING, UNKNOWN_KEY_ID, check, equal, holds, run_checks
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
)

REGION = "eu-north-1"
REPLICA_REGION = "ap-northeast-3"
PAIR = SETTING["pair"]
ROOT = f"arn:aws:iam::{ACCOUNT}:root"

done, refused = set(), set()


def note(model, http_response, **_):
    (done if http_response.status_code == 200 else refused).add(model.name)


def client_of(service=PLAIN, region=REGION):
    client = boto3.client(
        "kms",
        endpoint_url=service["endpoint"],
        region_name=region,
        aws_access_key_id=service["accessKeyId"],
        aws_secret_access_key=service["secretAccessKey"],
        config=Config(retries={"max_attempts": 0}),
    )
    client.meta.events.register("after-call.kms", note)
    return client


kms = client_of()


def new_key(**input):
    return kms.create_key(**input)["KeyMetadata"]


def public_key_of(key):
    return load_der_public_key(kms.get_public_key(KeyId=key["KeyId"])["PublicKey"])


@check("a key with an alias, a tag, a policy and another description")
def _():
    key = new_key()["KeyId"]
    other = new_key()["KeyId"]
    kms.create_alias(AliasName="alias/all", TargetKeyId=key)
    kms.update_alias(AliasName="alias/all", TargetKeyId=other)
    kms.delete_alias(AliasName="alias/all")
    equal(kms.list_aliases(KeyId=other)["Aliases"], [])
    kms.tag_resource(KeyId=key, Tags=[{"TagKey": "a", "TagValue": "1"}])
    kms.untag_resource(KeyId=key, TagKeys=["a"])
    equal(kms.list_resource_tags(KeyId=key)["Tags"], [])
    policy = kms.get_key_policy(KeyId=key)["Policy"]
    kms.put_key_policy(KeyId=key, Policy=policy)
    equal(kms.list_key_policies(KeyId=key)["PolicyNames"], ["default"])
    kms.update_key_description(KeyId=key, Description="all")
    equal(kms.describe_key(KeyId=key)["KeyMetadata"]["Description"], "all")
    holds(key in {each["KeyId"] for each in kms.list_keys(Limit=1000)["Keys"]}, "it is listed")


@check("a key that is disabled, enabled, scheduled for deletion and kept")
def _():
    key = new_key()["KeyId"]
    kms.disable_key(KeyId=key)
    kms.enable_key(KeyId=key)
    kms.schedule_key_deletion(KeyId=key)
    kms.cancel_key_deletion(KeyId=key)
    equal(kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"], "Disabled")


@check("data that is encrypted, moved and decrypted, under data keys too")
def _():
    key = new_key()["KeyId"]
    sealed = kms.encrypt(KeyId=key, Plaintext=b"data")["CiphertextBlob"]
    moved = kms.re_encrypt(CiphertextBlob=sealed, DestinationKeyId=key)["CiphertextBlob"]
    equal(kms.decrypt(CiphertextBlob=moved)["Plaintext"], b"data")
    made = kms.generate_data_key(KeyId=key, KeySpec="AES_256")
    equal(kms.decrypt(CiphertextBlob=made["CiphertextBlob"])["Plaintext"], made["Plaintext"])
    kms.generate_data_key_without_plaintext(KeyId=key, KeySpec="AES_256")
    equal(len(kms.generate_random(NumberOfBytes=16)["Plaintext"]), 16)
    used = kms.get_key_last_usage(KeyId=key)["KeyLastUsage"]
    equal(used["Operation"], "GenerateDataKeyWithoutPlaintext")


@check("data key pairs whose two halves belong together")
def _():
    key = new_key()["KeyId"]
    for make in (kms.generate_data_key_pair, kms.generate_data_key_pair_without_plaintext):
        made = make(KeyId=key, KeyPairSpec="ECC_NIST_P256")
        private = kms.decrypt(CiphertextBlob=made["PrivateKeyCiphertextBlob"])["Plaintext"]
        equal(made.get("PrivateKeyPlaintext", private), private)
        public = load_der_private_key(private, None).public_key()
        spki = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        equal(made["PublicKey"], spki)


@check("grants that are made, listed, retired and revoked")
def _():
    key = new_key()["KeyId"]
    asked = {"KeyId": key, "GranteePrincipal": ROOT, "RetiringPrincipal": ROOT}
    one = kms.create_grant(Operations=["Decrypt"], **asked)
    two = kms.create_grant(Operations=["Encrypt"], **asked)
    equal(len(kms.list_grants(KeyId=key)["Grants"]), 2)
    equal(len(kms.list_retirable_grants(RetiringPrincipal=ROOT)["Grants"]), 2)
    kms.retire_grant(GrantToken=one["GrantToken"])
    kms.revoke_grant(KeyId=key, GrantId=two["GrantId"])
    equal(kms.list_grants(KeyId=key)["Grants"], [])


@check("signatures and codes that are made and verified")
def _():
    key = new_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")
    asked = {"KeyId": key["KeyId"], "SigningAlgorithm": "RSASSA_PSS_SHA_256", "Message": b"x"}
    signature = kms.sign(**asked)["Signature"]
    equal(kms.verify(Signature=signature, **asked)["SignatureValid"], True)
    pss = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)
    public_key_of(key).verify(signature, b"x", pss, hashes.SHA256())
    mac_key = new_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyId"]
    asked = {"KeyId": mac_key, "MacAlgorithm": "HMAC_SHA_256", "Message": b"x"}
    mac = kms.generate_mac(**asked)["Mac"]
    equal(kms.verify_mac(Mac=mac, **asked)["MacValid"], True)


@check("secrets that are agreed on, and encapsulated")
def _():
    key = new_key(KeySpec="ECC_NIST_P384", KeyUsage="KEY_AGREEMENT")
    own = ec.generate_private_key(ec.SECP384R1())
    spki = own.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    derived = kms.derive_shared_secret(
        KeyId=key["KeyId"], KeyAgreementAlgorithm="ECDH", PublicKey=spki
    )
    equal(derived["SharedSecret"], own.exchange(ec.ECDH(), public_key_of(key)))
    key = new_key(KeySpec="ML_KEM_768", KeyUsage="ENCAPSULATE_DECAPSULATE")
    asked = {"KeyId": key["KeyId"], "EncapsulationAlgorithm": "ML_KEM"}
    made = kms.encapsulate(**asked)
    ciphertext = made["SharedSecretCiphertextBlob"]
    opened = kms.decapsulate(SharedSecretCiphertextBlob=ciphertext, **asked)
    equal(opened["SharedSecret"], made["SharedSecret"])


@check("material that is imported, used, deleted and imported again")
def _():
    spec = {"KeySpec": "HMAC_384", "KeyUsage": "GENERATE_VERIFY_MAC"}
    key = new_key(Origin="EXTERNAL", **spec)["KeyId"]
    material = os.urandom(48)
    algorithm = "RSAES_OAEP_SHA_256"
    asked = {"KeyId": key, "WrappingAlgorithm": algorithm, "WrappingKeySpec": "RSA_3072"}
    scheme = padding.OAEP(
        mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=None
    )
    valid_to = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=30)
    for _ in range(2):
        given = kms.get_parameters_for_import(**asked)
        wrapped = load_der_public_key(given["PublicKey"]).encrypt(material, scheme)
        kms.import_key_material(
            KeyId=key,
            ImportToken=given["ImportToken"],
            EncryptedKeyMaterial=wrapped,
            ExpirationModel="KEY_MATERIAL_EXPIRES",
            ValidTo=valid_to,
        )
        made = kms.generate_mac(KeyId=key, MacAlgorithm="HMAC_SHA_384", Message=b"x")["Mac"]
        own = hmac.HMAC(material, hashes.SHA384())
        own.update(b"x")
        equal(made, own.finalize())
        kms.delete_imported_key_material(KeyId=key)
        equal(kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"], "PendingImport")


@check("a key that rotates, by itself and on demand")
def _():
    key = new_key()["KeyId"]
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=100)
    equal(kms.get_key_rotation_status(KeyId=key)["RotationPeriodInDays"], 100)
    kms.disable_key_rotation(KeyId=key)
    sealed = kms.encrypt(KeyId=key, Plaintext=b"old")["CiphertextBlob"]
    kms.rotate_key_on_demand(KeyId=key)
    pages = kms.get_paginator("list_key_rotations").paginate(KeyId=key)
    equal([each["RotationType"] for page in pages for each in page["Rotations"]], ["ON_DEMAND"])
    equal(kms.decrypt(CiphertextBlob=sealed)["Plaintext"], b"old")


@check("a key in two Regions, whose primary moves")
def _():
    key = new_key(MultiRegion=True)["KeyId"]
    there = client_of(region=REPLICA_REGION)
    kms.replicate_key(KeyId=key, ReplicaRegion=REPLICA_REGION)
    sealed = kms.encrypt(KeyId=key, Plaintext=b"far")["CiphertextBlob"]
    equal(there.decrypt(CiphertextBlob=sealed)["Plaintext"], b"far")
    kms.update_primary_region(KeyId=key, PrimaryRegion=REPLICA_REGION)
    told = there.describe_key(KeyId=key)["KeyMetadata"]["MultiRegionConfiguration"]
    equal(told["MultiRegionKeyType"], "PRIMARY")


def in_time(call, **input):
    """Calls again for lack of time: a proxy has a quarter of a second, or is taken to be away."""
    for left in reversed(range(10)):
        try:
            return call(**input)
        except ClientError as error:
            lacks_time = any(text in str(error) for text in ("respond in time", "communicate"))
            if left == 0 or not lacks_time:
                raise


def wait_for(state, owner, store):
    for _ in range(400):
        entry = owner.describe_custom_key_stores(**store)["CustomKeyStores"][0]
        if entry["ConnectionState"] == state:
            return
        time.sleep(0.05)
    raise AssertionError(f"it stays {entry['ConnectionState']}")


@check("a key store of another service, from its creation to its deletion")
def _():
    owner = client_of(PAIR["service"])
    made = in_time(owner.create_custom_key_store, CustomKeyStoreName="boto3", **PAIR["store"])
    store = {"CustomKeyStoreId": made["CustomKeyStoreId"]}
    in_time(owner.update_custom_key_store, NewCustomKeyStoreName="renamed", **store)
    owner.connect_custom_key_store(**store)
    wait_for("CONNECTED", owner, store)
    asked = {"Origin": "EXTERNAL_KEY_STORE", "XksKeyId": PAIR["keyId"], **store}
    key = in_time(owner.create_key, **asked)["KeyMetadata"]
    equal(key["XksKeyConfiguration"], {"Id": PAIR["keyId"]})
    sealed = in_time(owner.encrypt, KeyId=key["KeyId"], Plaintext=b"kept")["CiphertextBlob"]
    equal(in_time(owner.decrypt, CiphertextBlob=sealed)["Plaintext"], b"kept")
    owner.disconnect_custom_key_store(**store)
    wait_for("DISCONNECTED", owner, store)
    equal(owner.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"], "Unavailable")
    other = {**PAIR["store"], "XksProxyUriPath": "/kms/xks/v1"}
    made = in_time(owner.create_custom_key_store, CustomKeyStoreName="empty", **other)
    owner.delete_custom_key_store(CustomKeyStoreId=made["CustomKeyStoreId"])


NAMES = {
    "KeyId": UNKNOWN_KEY_ID,
    "TargetKeyId": UNKNOWN_KEY_ID,
    "DestinationKeyId": UNKNOWN_KEY_ID,
    "AliasName": "alias/none",
    "CustomKeyStoreId": "cks-00000000000000000",
}
MARKER = {"Marker": "made up"}
SPEC = {"KeySpec": "AES_256"}

# What an operation is refused for, where that is not that there is no such key, alias or store.
OTHER_REFUSALS = {
    "CreateCustomKeyStore": (kms.exceptions.ClientError, {}),
    "CreateKey": (kms.exceptions.ClientError, {"KeySpec": "HMAC_256"}),
    "Decrypt": (kms.exceptions.InvalidCiphertextException, {"CiphertextBlob": b"x"}),
    "DescribeCustomKeyStores": (kms.exceptions.InvalidMarkerException, MARKER),
    "GenerateRandom": (kms.exceptions.ClientError, {}),
    "ListKeys": (kms.exceptions.InvalidMarkerException, MARKER),
    "ListRetirableGrants": (
        kms.exceptions.InvalidMarkerException,
        {"RetiringPrincipal": ROOT, **MARKER},
    ),
    "ReEncrypt": (kms.exceptions.InvalidCiphertextException, {"CiphertextBlob": b"x"}),
    "RetireGrant": (kms.exceptions.ClientError, {}),
}

# What an operation has to be given beside the members that it requires, to be refused for that.
MORE = {
    "CreateGrant": {"GranteePrincipal": ROOT},
    "GenerateDataKey": SPEC,
    "GenerateDataKeyWithoutPlaintext": SPEC,
    "ImportKeyMaterial": {"ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"},
    "ListAliases": {"KeyId": UNKNOWN_KEY_ID},
    "ReplicateKey": {"ReplicaRegion": REPLICA_REGION},
    "UpdatePrimaryRegion": {"PrimaryRegion": REPLICA_REGION},
}


def value_of(name, shape):
    """The least that botocore takes for a member, which is of nothing that there is."""
    if shape.type_name == "string":
        return NAMES.get(name) or (shape.enum or ["x" * shape.metadata.get("min", 1)])[0]
    if shape.type_name == "structure":
        return {each: value_of(each, shape.members[each]) for each in shape.required_members}
    if shape.type_name == "list":
        return [value_of("", shape.member)]
    return {"blob": b"x", "integer": 1, "boolean": False}[shape.type_name]


def not_found(name):
    if "CustomKeyStore" in name:
        return kms.exceptions.CustomKeyStoreNotFoundException
    return kms.exceptions.NotFoundException


def check_refusal(method, name):
    @check(f"{name} is refused by a typed error")
    def _():
        kind, more = OTHER_REFUSALS.get(name, (not_found(name), MORE.get(name, {})))
        required = value_of("", kms.meta.service_model.operation_model(name).input_shape)
        try:
            getattr(kms, method)(**{**required, **more})
        except kind as error:
            equal(error.response["ResponseMetadata"]["HTTPStatusCode"], 400)
            return
        raise AssertionError("it succeeded")


for method, name in kms.meta.method_to_api_mapping.items():
    check_refusal(method, name)


@check("no operation that botocore knows is left out")
def _():
    known = set(kms.meta.service_model.operation_names)
    equal(known - done, set())
    equal(known - refused, set())


run_checks()
