"""Keys of submissions. Pure."""

import hashlib


def key_hash(source: str, key: str) -> bytes:
    """Return the hash of a key within its source: equal keys of different sources never collide."""
    return hashlib.sha256(f"{source}\n{key}".encode()).digest()
