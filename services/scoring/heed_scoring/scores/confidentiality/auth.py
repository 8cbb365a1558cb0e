"""Permission to see confidential complaints."""

from typing import Annotated

from fastapi import Depends

from heed_common.http import Caller

READ_CONFIDENTIAL = "complaints:confidential:read"


async def may_read_confidential(caller: Caller) -> bool:
    return caller.may(READ_CONFIDENTIAL)


MayReadConfidential = Annotated[bool, Depends(may_read_confidential)]
"""For every endpoint that returns scores: passed on to `confidentiality.service`."""
