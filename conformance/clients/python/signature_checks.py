"""Signatures and RSA ciphertexts of the service, by boto3, checked by the package cryptography."""

import hashlib

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from checks import PLAIN, check, equal, run_checks
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import load_der_public_key

MESSAGE = b"what is signed"
HASHES = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}

kms = boto3.client(
    "kms",
    endpoint_url=PLAIN["endpoint"],
    region_name="sa-east-1",
    aws_access_key_id=PLAIN["accessKeyId"],
    aws_secret_access_key=PLAIN["secretAccessKey"],
    config=Config(retries={"max_attempts": 0}),
)


def new_key(spec, usage):
    """The id of a new key, and its public key as the package reads it."""
    key_id = kms.create_key(KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["KeyId"]
    return key_id, load_der_public_key(kms.get_public_key(KeyId=key_id)["PublicKey"])


def scheme_of(algorithm, prehashed=False):
    """What the package's verify takes for an algorithm of AWS KMS, after signature and data."""
    family, _, size = algorithm.rpartition("_SHA_")
    hash_of = HASHES[size]
    used = Prehashed(hash_of) if prehashed else hash_of
    if family == "ECDSA":
        return [ec.ECDSA(used)]
    if family == "RSASSA_PSS":
        mask = padding.MGF1(hash_of)
        return [padding.PSS(mgf=mask, salt_length=hash_of.digest_size), used]
    return [padding.PKCS1v15(), used]


def digest_of(algorithm):
    return hashlib.new("sha" + algorithm.rpartition("_")[2], MESSAGE).digest()


def fails(verify, *args):
    try:
        verify(*args)
    except InvalidSignature:
        return
    raise AssertionError("another message passes for the one that was signed")


def check_hashed(spec, algorithm):
    @check(f"{algorithm} of a message and of its digest, with an {spec} key")
    def _():
        key_id, public_key = new_key(spec, "SIGN_VERIFY")
        asked = {"KeyId": key_id, "SigningAlgorithm": algorithm}
        digest = digest_of(algorithm)
        whole = kms.sign(Message=MESSAGE, **asked)["Signature"]
        prehashed = kms.sign(Message=digest, MessageType="DIGEST", **asked)["Signature"]
        for signature in (whole, prehashed):
            public_key.verify(signature, MESSAGE, *scheme_of(algorithm))
            public_key.verify(signature, digest, *scheme_of(algorithm, prehashed=True))
            fails(public_key.verify, signature, b"what is not", *scheme_of(algorithm))


for spec, algorithms in {
    "RSA_2048": [
        f"{scheme}_SHA_{size}" for scheme in ("RSASSA_PSS", "RSASSA_PKCS1_V1_5") for size in HASHES
    ],
    "ECC_NIST_P256": ["ECDSA_SHA_256"],
    "ECC_NIST_P384": ["ECDSA_SHA_384"],
    "ECC_NIST_P521": ["ECDSA_SHA_512"],
    "ECC_SECG_P256K1": ["ECDSA_SHA_256"],
}.items():
    for algorithm in algorithms:
        check_hashed(spec, algorithm)


@check("ED25519_SHA_512 of a message")
def _():
    key_id, public_key = new_key("ECC_NIST_EDWARDS25519", "SIGN_VERIFY")
    signed = kms.sign(KeyId=key_id, Message=MESSAGE, SigningAlgorithm="ED25519_SHA_512")
    public_key.verify(signed["Signature"], MESSAGE)
    fails(public_key.verify, signed["Signature"], b"what is not")


def check_ml_dsa(spec):
    @check(f"ML_DSA_SHAKE_256 of a message and of its mu, with an {spec} key")
    def _():
        key_id, public_key = new_key(spec, "SIGN_VERIFY")
        asked = {"KeyId": key_id, "SigningAlgorithm": "ML_DSA_SHAKE_256"}
        tr = hashlib.shake_256(public_key.public_bytes_raw()).digest(64)
        mu = hashlib.shake_256(tr + b"\0\0" + MESSAGE).digest(64)
        whole = kms.sign(Message=MESSAGE, **asked)["Signature"]
        external = kms.sign(Message=mu, MessageType="EXTERNAL_MU", **asked)["Signature"]
        for signature in (whole, external):
            public_key.verify(signature, MESSAGE)
            public_key.verify_mu(signature, mu)
            fails(public_key.verify, signature, b"what is not")


for spec in ("ML_DSA_44", "ML_DSA_65", "ML_DSA_87"):
    check_ml_dsa(spec)


@check("a signature that was changed is a typed error")
def _():
    key_id, _public_key = new_key("ECC_NIST_P384", "SIGN_VERIFY")
    asked = {"KeyId": key_id, "SigningAlgorithm": "ECDSA_SHA_384", "Message": MESSAGE}
    signature = bytearray(kms.sign(**asked)["Signature"])
    equal(kms.verify(Signature=bytes(signature), **asked)["SignatureValid"], True)
    signature[20] ^= 1
    try:
        kms.verify(Signature=bytes(signature), **asked)
    except kms.exceptions.KMSInvalidSignatureException as error:
        equal(error.response["Error"].get("Message", ""), "")
        return
    raise AssertionError("it was accepted")


def check_oaep(size, hash_of):
    @check(f"RSAES_OAEP_SHA_{size} of what the package encrypts")
    def _():
        key_id, public_key = new_key("RSA_3072", "ENCRYPT_DECRYPT")
        asked = {"KeyId": key_id, "EncryptionAlgorithm": f"RSAES_OAEP_SHA_{size}"}
        scheme = padding.OAEP(mgf=padding.MGF1(hash_of), algorithm=hash_of, label=None)
        offline = public_key.encrypt(MESSAGE, scheme)
        equal(kms.decrypt(CiphertextBlob=offline, **asked)["Plaintext"], MESSAGE)
        sealed = kms.encrypt(Plaintext=MESSAGE, **asked)["CiphertextBlob"]
        equal(len(sealed), 384)
        equal(kms.decrypt(CiphertextBlob=sealed, **asked)["Plaintext"], MESSAGE)
        labelled = padding.OAEP(mgf=padding.MGF1(hash_of), algorithm=hash_of, label=b"x")
        try:
            kms.decrypt(CiphertextBlob=public_key.encrypt(MESSAGE, labelled), **asked)
        except ClientError as error:
            equal(error.response["Error"]["Code"], "InvalidCiphertextException")
            return
        raise AssertionError("a label was ignored")


check_oaep("1", hashes.SHA1())
check_oaep("256", hashes.SHA256())

run_checks()
