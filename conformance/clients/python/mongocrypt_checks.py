"""libmongocrypt itself, driven through PyMongoCrypt, with a key vault in memory instead of MongoDB."""

import socket
import ssl

import boto3
from bson import decode, encode
from checks import TLS, check, equal, holds, run_checks
from pymongocrypt.errors import MongoCryptError
from pymongocrypt.options import MongoCryptOptions
from pymongocrypt.synchronous.explicit_encrypter import ExplicitEncrypter
from pymongocrypt.synchronous.state_machine import MongoCryptCallback

REGION = "ap-northeast-1"
ALGORITHM = "AEAD_AES_256_CBC_HMAC_SHA_512-Random"


class KeyVault(MongoCryptCallback):
    """The part of a driver: sends what libmongocrypt wants to send, and keeps its data keys."""

    def __init__(self):
        self.keys = []
        self.requests = []

    def kms_request(self, kms_context):
        host, port = kms_context.endpoint.rsplit(":", 1)
        context = ssl.create_default_context(cafile=TLS["caFile"])
        self.requests.append(kms_context.message)
        with socket.create_connection((host, int(port)), timeout=20) as plain:
            with context.wrap_socket(plain, server_hostname=host) as secured:
                secured.sendall(kms_context.message)
                while kms_context.bytes_needed > 0:
                    data = secured.recv(kms_context.bytes_needed)
                    holds(data != b"", "the service closed before the answer was whole")
                    kms_context.feed(data)

    def fetch_keys(self, filter):
        return iter(self.keys)

    def insert_data_key(self, data_key):
        self.keys.append(data_key)
        return decode(data_key)["_id"]

    def bson_encode(self, doc):
        return encode(doc)

    def collection_info(self, database, filter):
        raise NotImplementedError

    def mark_command(self, database, cmd):
        raise NotImplementedError

    def close(self):
        pass


def encrypter_of(vault, **more):
    aws = {"accessKeyId": TLS["accessKeyId"], "secretAccessKey": TLS["secretAccessKey"], **more}
    return ExplicitEncrypter(vault, MongoCryptOptions({"aws": aws}))


def new_key():
    kms = boto3.client(
        "kms",
        endpoint_url=TLS["endpoint"],
        region_name=REGION,
        aws_access_key_id=TLS["accessKeyId"],
        aws_secret_access_key=TLS["secretAccessKey"],
        verify=TLS["caFile"],
    )
    return kms.create_key()["KeyMetadata"]["Arn"]


def master_key_of(arn):
    return {"region": REGION, "key": arn, "endpoint": TLS["endpoint"].removeprefix("https://")}


@check("a data key is made, and encrypts and decrypts a value in another process's place")
def _():
    vault = KeyVault()
    first = encrypter_of(vault)
    key_id = first.create_data_key("aws", master_key=master_key_of(new_key()))
    holds(b"TrentService.Encrypt" in vault.requests[-1], "it asked for Encrypt")
    holds(b"Connection:close\r\n" in vault.requests[-1], "it wants no space after the colon")
    sealed = first.encrypt(encode({"v": "secret"}), ALGORITHM, key_id=bytes(key_id))
    first.close()
    second = encrypter_of(vault)
    opened = second.decrypt(sealed)
    holds(b"TrentService.Decrypt" in vault.requests[-1], "it asked for Decrypt")
    equal(decode(opened), {"v": "secret"})
    second.close()


@check("a data key is wrapped again under another key of the service")
def _():
    vault = KeyVault()
    encrypter = encrypter_of(vault)
    key_id = encrypter.create_data_key("aws", master_key=master_key_of(new_key()))
    sealed = encrypter.encrypt(encode({"v": 7}), ALGORITHM, key_id=bytes(key_id))
    other = new_key()
    rewrapped = decode(
        encrypter.rewrap_many_data_key({}, "aws", master_key_of(other))
    )["v"]
    equal([key["masterKey"]["key"] for key in rewrapped], [other])
    # What libmongocrypt returns is what a driver writes over the document that lies in the vault.
    vault.keys = [encode({**decode(vault.keys[0]), **key}) for key in rewrapped]
    encrypter.close()
    again = encrypter_of(vault)
    equal(decode(again.decrypt(sealed)), {"v": 7})
    again.close()


@check("it tells what the service refused")
def _():
    encrypter = encrypter_of(KeyVault())
    arn = new_key()[:-12] + "000000000000"
    try:
        encrypter.create_data_key("aws", master_key=master_key_of(arn))
    except MongoCryptError as error:
        holds("does not exist" in str(error), str(error))
    else:
        raise AssertionError("it succeeded")
    finally:
        encrypter.close()


run_checks()
