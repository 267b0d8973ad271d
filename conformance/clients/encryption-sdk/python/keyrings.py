"""Wrapping keys as keyrings of the material providers library."""

import json
from base64 import b64decode

import boto3
from aws_cryptographic_material_providers.keystore.client import KeyStore
from aws_cryptographic_material_providers.keystore.config import KeyStoreConfig
from aws_cryptographic_material_providers.keystore.models import KMSConfigurationKmsKeyArn
from aws_cryptographic_material_providers.mpl import AwsCryptographicMaterialProviders, models
from aws_cryptographic_material_providers.mpl.config import MaterialProvidersConfig

library = AwsCryptographicMaterialProviders(config=MaterialProvidersConfig())
clients = {}
key_stores = {}
known = {}


def kms_in(region):
    if region not in clients:
        clients[region] = boto3.client("kms", region_name=region)
    return clients[region]


def filter_of(wrapping):
    return models.DiscoveryFilter(
        partition=wrapping["partition"], account_ids=wrapping["accounts"]
    )


def kms(wrapping):
    return library.create_aws_kms_multi_keyring(
        models.CreateAwsKmsMultiKeyringInput(
            generator=wrapping["generator"], kms_key_ids=wrapping["keys"]
        )
    )


def kms_discovery(wrapping):
    return library.create_aws_kms_discovery_keyring(
        models.CreateAwsKmsDiscoveryKeyringInput(
            kms_client=kms_in(wrapping["region"]), discovery_filter=filter_of(wrapping)
        )
    )


def kms_multi_region(wrapping):
    return library.create_aws_kms_mrk_keyring(
        models.CreateAwsKmsMrkKeyringInput(
            kms_key_id=wrapping["generator"], kms_client=kms_in(wrapping["region"])
        )
    )


def kms_multi_region_discovery(wrapping):
    return library.create_aws_kms_mrk_discovery_keyring(
        models.CreateAwsKmsMrkDiscoveryKeyringInput(
            kms_client=kms_in(wrapping["region"]),
            region=wrapping["region"],
            discovery_filter=filter_of(wrapping),
        )
    )


def raw_aes(wrapping):
    key = b64decode(wrapping["key"])
    return library.create_raw_aes_keyring(
        models.CreateRawAesKeyringInput(
            key_namespace=wrapping["namespace"],
            key_name=wrapping["name"],
            wrapping_key=key,
            wrapping_alg=f"ALG_AES{len(key) * 8}_GCM_IV12_TAG16",
        )
    )


def raw_rsa(wrapping):
    padding = wrapping["padding"]
    return library.create_raw_rsa_keyring(
        models.CreateRawRsaKeyringInput(
            key_namespace=wrapping["namespace"],
            key_name=wrapping["name"],
            padding_scheme=padding if padding == "PKCS1" else f"{padding}_MGF1",
            public_key=wrapping["publicKey"].encode(),
            private_key=wrapping["privateKey"].encode(),
        )
    )


def ecdh_scheme(wrapping):
    """Private keys are PEM, public keys DER: so the library wants them."""
    if wrapping["schema"] == "static":
        return models.RawEcdhStaticConfigurationsRawPrivateKeyToStaticPublicKey(
            models.RawPrivateKeyToStaticPublicKeyInput(
                sender_static_private_key=wrapping["privateKey"].encode(),
                recipient_public_key=der_of(wrapping["peerPublicKey"]),
            )
        )
    if wrapping["schema"] == "ephemeral":
        return models.RawEcdhStaticConfigurationsEphemeralPrivateKeyToStaticPublicKey(
            models.EphemeralPrivateKeyToStaticPublicKeyInput(
                recipient_public_key=der_of(wrapping["recipientPublicKey"])
            )
        )
    return models.RawEcdhStaticConfigurationsPublicKeyDiscovery(
        models.PublicKeyDiscoveryInput(
            recipient_static_private_key=wrapping["recipientPrivateKey"].encode()
        )
    )


def kms_rsa(wrapping):
    return library.create_aws_kms_rsa_keyring(
        models.CreateAwsKmsRsaKeyringInput(
            public_key=wrapping["publicKey"].encode(),
            kms_key_id=wrapping["keyArn"],
            encryption_algorithm="RSAES_" + wrapping["padding"].replace("SHA", "SHA_"),
            kms_client=kms_in(wrapping["region"]),
        )
    )


def kms_ecdh_scheme(wrapping):
    if wrapping["schema"] == "static":
        return models.KmsEcdhStaticConfigurationsKmsPrivateKeyToStaticPublicKey(
            models.KmsPrivateKeyToStaticPublicKeyInput(
                sender_kms_identifier=wrapping["keyArn"],
                sender_public_key=der_of(wrapping["publicKey"]),
                recipient_public_key=der_of(wrapping["peerPublicKey"]),
            )
        )
    return models.KmsEcdhStaticConfigurationsKmsPublicKeyDiscovery(
        models.KmsPublicKeyDiscoveryInput(recipient_kms_identifier=wrapping["keyArn"])
    )


def kms_ecdh(wrapping):
    return library.create_aws_kms_ecdh_keyring(
        models.CreateAwsKmsEcdhKeyringInput(
            key_agreement_scheme=kms_ecdh_scheme(wrapping),
            curve_spec=curve_of(wrapping),
            kms_client=kms_in(wrapping["region"]),
        )
    )


def curve_of(wrapping):
    return "ECC_NIST_" + wrapping["curve"].replace("-", "")


def der_of(pem):
    return b64decode("".join(line for line in pem.splitlines() if not line.startswith("-----")))


def raw_ecdh(wrapping):
    return library.create_raw_ecdh_keyring(
        models.CreateRawEcdhKeyringInput(
            key_agreement_scheme=ecdh_scheme(wrapping),
            curve_spec=curve_of(wrapping),
        )
    )


def key_store_of(store):
    key = tuple(sorted(store.items()))
    if key not in key_stores:
        key_stores[key] = KeyStore(
            KeyStoreConfig(
                ddb_table_name=store["table"],
                logical_key_store_name=store["logicalName"],
                kms_configuration=KMSConfigurationKmsKeyArn(store["kmsKeyArn"]),
                ddb_client=boto3.client(
                    "dynamodb", region_name=store["region"], endpoint_url=store["endpoint"]
                ),
                kms_client=kms_in(store["region"]),
            )
        )
    return key_stores[key]


def hierarchical(wrapping):
    return library.create_aws_kms_hierarchical_keyring(
        models.CreateAwsKmsHierarchicalKeyringInput(
            branch_key_id=wrapping["branchKeyId"],
            key_store=key_store_of(wrapping["store"]),
            ttl_seconds=60,
        )
    )


def multi(wrapping):
    return library.create_multi_keyring(
        models.CreateMultiKeyringInput(
            generator=keyring_of(wrapping["generator"]),
            child_keyrings=[keyring_of(child) for child in wrapping["children"]],
        )
    )


KEYRINGS = {
    "kms": kms,
    "kms-discovery": kms_discovery,
    "kms-multi-region": kms_multi_region,
    "kms-multi-region-discovery": kms_multi_region_discovery,
    "kms-rsa": kms_rsa,
    "kms-ecdh": kms_ecdh,
    "raw-aes": raw_aes,
    "raw-rsa": raw_rsa,
    "raw-ecdh": raw_ecdh,
    "hierarchical": hierarchical,
    "multi": multi,
}


def keyring_of(wrapping):
    return KEYRINGS[wrapping["kind"]](wrapping)


def known_keyring(wrapping):
    """The same keyring for the same keys: making one may load a description of the service."""
    key = json.dumps(wrapping)
    if key not in known:
        known[key] = keyring_of(wrapping)
    return known[key]


def keyring_source(request):
    """What the client takes: a keyring, or the manager that keeps pairs out of the message."""
    keyring = known_keyring(request["wrapping"])
    required = request.get("requiredKeys")
    if required is None:
        return {"keyring": keyring}
    manager = library.create_required_encryption_context_cmm(
        models.CreateRequiredEncryptionContextCMMInput(
            underlying_cmm=library.create_default_cryptographic_materials_manager(
                models.CreateDefaultCryptographicMaterialsManagerInput(keyring=keyring)
            ),
            required_encryption_context_keys=required,
        )
    )
    return {"materials_manager": manager}
