"""A spool file's records: length, checksum, payload. A write that a crash tore is recognised and ends the file. Pure."""

import struct
import zlib
from collections.abc import Iterator

_HEAD = struct.Struct(">II")

OVERHEAD_BYTES = _HEAD.size


def encode_record(payload: bytes) -> bytes:
    """One record."""
    return _HEAD.pack(len(payload), zlib.crc32(payload)) + payload


def decode_records(data: bytes) -> Iterator[bytes]:
    """The payloads of whole records, from the first on; what follows the first that is torn was never acknowledged."""
    position = 0
    while position + _HEAD.size <= len(data):
        length, checksum = _HEAD.unpack_from(data, position)
        payload = data[position + _HEAD.size : position + _HEAD.size + length]
        if length == 0 or len(payload) < length or zlib.crc32(payload) != checksum:
            return
        yield payload
        position += _HEAD.size + length
