"""Arm of a customer: reproducible from the seed and the customer's id. Pure."""

import hashlib
from decimal import Decimal
from typing import Literal
from uuid import UUID

Arm = Literal["treatment", "holdout"]
ARMS: tuple[Arm, ...] = ("treatment", "holdout")

BYTES = 8
RULE = (
    "holdout where the first 8 bytes of SHA-256 of '<seed>:<customer_id>', as a big-endian integer, "
    "are below share times 2 to the 64; else treatment"
)


def arm_of(seed: str, customer_id: UUID, share: Decimal) -> Arm:
    """Return the arm of a customer. Shares have at most four decimals, so the comparison is exact."""
    digest = hashlib.sha256(f"{seed}:{customer_id}".encode()).digest()
    return "holdout" if int.from_bytes(digest[:BYTES]) < share * 2 ** (8 * BYTES) else "treatment"
