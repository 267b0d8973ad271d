"""The AWS Encryption SDK for Python as a contestant: an order per line, an answer per line."""

import gc
import io
import json
import os
import sys
import time

import aws_encryption_sdk
from aws_encryption_sdk.identifiers import (
    Algorithm,
    CommitmentPolicy,
    EncryptionKeyType,
    WrappingAlgorithm,
)
from aws_encryption_sdk.internal.crypto.wrapping_keys import WrappingKey
from aws_encryption_sdk.key_providers.raw import RawMasterKeyProvider

# As in work.ts, which says why.
WARM_UP_SHARE = 1 / 16
WARM_UP_SECONDS = 0.3
CONTEXT = {"purpose": "bench"}
SUITES = {
    "unsigned": Algorithm.AES_256_GCM_HKDF_SHA512_COMMIT_KEY,
    "signed": Algorithm.AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384,
}
CLIENT = aws_encryption_sdk.EncryptionSDKClient(
    commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT
)


class RawKeys(RawMasterKeyProvider):
    """One raw AES key, made anew in every process."""

    provider_id = "bench"

    def __init__(self):
        super().__init__()
        self.wrapping_key = WrappingKey(
            wrapping_algorithm=WrappingAlgorithm.AES_256_GCM_IV12_TAG16_NO_PADDING,
            wrapping_key=os.urandom(32),
            wrapping_key_type=EncryptionKeyType.SYMMETRIC,
        )

    def _get_raw_key(self, key_id):
        return self.wrapping_key


KEYS = RawKeys()
KEYS.add_master_key("raw")


class Repeated(io.RawIOBase):
    """So many bytes out of one buffer, which is given again and again."""

    def __init__(self, piece, size):
        super().__init__()
        self.piece = piece
        self.left = size

    def readable(self):
        return True

    def read(self, size=-1):
        if size is None or size < 0:
            size = self.left
        out = self.piece[: min(size, self.left)]
        self.left -= len(out)
        return out


def options(work):
    chosen = {"key_provider": KEYS}
    if work["operation"] == "encrypt":
        chosen.update(algorithm=SUITES[work["signing"]], encryption_context=CONTEXT)
        if "frameLength" in work:
            chosen.update(frame_length=work["frameLength"])
    return chosen


def drained(stream, unit):
    """Reads a stream to its end, and tells how much came."""
    size = 0
    with stream:
        while out := stream.read(unit):
            size += len(out)
    return size


def stream_run(work):
    shape = work["shape"]
    size, piece_bytes = shape["plaintextBytes"], shape["pieceBytes"]
    # It takes time by the square where less than a frame is read at a time, in and out.
    unit = max(piece_bytes, work.get("frameLength", 0))
    piece = b"a" * unit
    encrypting = options({**work, "operation": "encrypt"})

    def source(share):
        return Repeated(piece, int(size * share))

    def encrypt(share):
        out = drained(CLIENT.stream(mode="e", source=source(share), **encrypting), unit)
        if out <= size * share:
            raise RuntimeError("the message is shorter than its plaintext")
        return {"bytes": int(size * share), "messages": 1}

    if work["operation"] == "encrypt":
        return encrypt
    messages = {
        share: CLIENT.encrypt(source=source(share), **encrypting)[0] for share in (WARM_UP_SHARE, 1)
    }

    def decrypt(share):
        message = io.BytesIO(messages[share])
        out = drained(CLIENT.stream(mode="d", source=message, **options(work)), unit)
        if out != size * share:
            raise RuntimeError(f"{out} bytes came out instead of {size * share}")
        return {"bytes": out, "messages": 1}

    return decrypt


def messages_run(work):
    shape = work["shape"]
    size, duration = shape["plaintextBytes"], shape["durationMs"] / 1000
    data = b"a" * size
    encrypting = options({**work, "operation": "encrypt"})

    def again(share, once):
        end = time.monotonic() + duration * share
        count = 0
        while time.monotonic() < end:
            once(count)
            count += 1
        return {"bytes": count * size, "messages": count}

    if work["operation"] == "encrypt":
        return lambda share: again(share, lambda _: CLIENT.encrypt(source=data, **encrypting))
    count = 4 if size > 65536 else 64
    messages = [CLIENT.encrypt(source=data, **encrypting)[0] for _ in range(count)]
    decrypting = options(work)
    return lambda share: again(
        share, lambda at: CLIENT.decrypt(source=messages[at % count], **decrypting)
    )


def prepare(work):
    run = stream_run(work) if work["shape"]["kind"] == "stream" else messages_run(work)
    end = time.monotonic() + WARM_UP_SECONDS
    while time.monotonic() < end:
        run(WARM_UP_SHARE)
    return run


def take_turn(run):
    gc.collect()
    run(WARM_UP_SHARE)
    cpu_before, start = time.process_time(), time.monotonic()
    done = run(1)
    wall, cpu = time.monotonic() - start, time.process_time() - cpu_before
    return {**done, "wallMs": wall * 1000, "cpuMs": cpu * 1000}


def main():
    run = None
    for line in sys.stdin:
        order = json.loads(line)
        try:
            if order["kind"] == "prepare":
                run = prepare(order["work"])
                reply = {"value": "prepared"}
            else:
                reply = {"value": take_turn(run)}
        except Exception as error:  # whatever it is, the benchmark has to be told
            reply = {"error": repr(error)}
        print(json.dumps(reply), flush=True)


main()
