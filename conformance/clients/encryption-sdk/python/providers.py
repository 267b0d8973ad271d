"""Wrapping keys as master key providers, which the SDK had before there were keyrings."""

import json
from base64 import b64decode

import aws_encryption_sdk
import botocore.session
from aws_encryption_sdk.identifiers import EncryptionKeyType, WrappingAlgorithm
from aws_encryption_sdk.internal.crypto.wrapping_keys import WrappingKey
from aws_encryption_sdk.key_providers.kms import (
    DiscoveryFilter,
    MRKAwareDiscoveryAwsKmsMasterKeyProvider,
    MRKAwareStrictAwsKmsMasterKeyProvider,
)
from aws_encryption_sdk.key_providers.raw import RawMasterKey


def session_in(region):
    session = botocore.session.Session()
    session.set_config_variable("region", region)
    return session


def filter_of(wrapping):
    return DiscoveryFilter(partition=wrapping["partition"], account_ids=wrapping["accounts"])


def named(provider):
    def make(wrapping):
        return provider(
            botocore_session=session_in(wrapping["region"]),
            key_ids=[wrapping["generator"], *wrapping["keys"]],
        )

    return make


def kms_discovery(wrapping):
    return aws_encryption_sdk.DiscoveryAwsKmsMasterKeyProvider(
        botocore_session=session_in(wrapping["region"]), discovery_filter=filter_of(wrapping)
    )


def kms_multi_region_discovery(wrapping):
    return MRKAwareDiscoveryAwsKmsMasterKeyProvider(
        botocore_session=session_in(wrapping["region"]),
        discovery_region=wrapping["region"],
        discovery_filter=filter_of(wrapping),
    )


def raw_aes(wrapping):
    key = b64decode(wrapping["key"])
    algorithm = WrappingAlgorithm[f"AES_{len(key) * 8}_GCM_IV12_TAG16_NO_PADDING"]
    return raw_key(wrapping, WrappingKey(algorithm, key, EncryptionKeyType.SYMMETRIC))


RSA_ALGORITHMS = {
    "PKCS1": WrappingAlgorithm.RSA_PKCS1,
    "OAEP_SHA1": WrappingAlgorithm.RSA_OAEP_SHA1_MGF1,
    "OAEP_SHA256": WrappingAlgorithm.RSA_OAEP_SHA256_MGF1,
    "OAEP_SHA384": WrappingAlgorithm.RSA_OAEP_SHA384_MGF1,
    "OAEP_SHA512": WrappingAlgorithm.RSA_OAEP_SHA512_MGF1,
}


def raw_rsa(wrapping):
    """One master key has one half of the pair; with the private one it encrypts as well."""
    pem = wrapping["privateKey"].encode()
    algorithm = RSA_ALGORITHMS[wrapping["padding"]]
    return raw_key(wrapping, WrappingKey(algorithm, pem, EncryptionKeyType.PRIVATE))


def raw_key(wrapping, key):
    return RawMasterKey(
        provider_id=wrapping["namespace"],
        key_id=wrapping["name"].encode(),
        wrapping_key=key,
    )


def multi(wrapping):
    provider = provider_of(wrapping["generator"])
    for child in wrapping["children"]:
        provider.add_master_key_provider(provider_of(child))
    return provider


PROVIDERS = {
    "kms": named(aws_encryption_sdk.StrictAwsKmsMasterKeyProvider),
    "kms-discovery": kms_discovery,
    "kms-multi-region": named(MRKAwareStrictAwsKmsMasterKeyProvider),
    "kms-multi-region-discovery": kms_multi_region_discovery,
    "raw-aes": raw_aes,
    "raw-rsa": raw_rsa,
    "multi": multi,
}
cached_managers = {}
known = {}


def provider_of(wrapping):
    return PROVIDERS[wrapping["kind"]](wrapping)


def known_provider(wrapping):
    """The same provider for the same keys: making one loads a description of the whole service."""
    key = json.dumps(wrapping)
    if key not in known:
        known[key] = provider_of(wrapping)
    return known[key]


def provider_source(request):
    """What the client takes: a provider, or a manager that caches what one made."""
    cached = request.get("cachedAs")
    if cached is None:
        return {"key_provider": known_provider(request["wrapping"])}
    if cached not in cached_managers:
        cached_managers[cached] = aws_encryption_sdk.CachingCryptoMaterialsManager(
            master_key_provider=provider_of(request["wrapping"]),
            cache=aws_encryption_sdk.LocalCryptoMaterialsCache(10),
            max_age=60.0,
        )
    return {"materials_manager": cached_managers[cached]}
