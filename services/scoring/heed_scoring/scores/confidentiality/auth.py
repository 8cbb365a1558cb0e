"""Permission to see confidential complaints."""

from typing import Annotated

from fastapi import Depends

from heed_common.http import Caller

SEE = "complaints:confidential:read"


async def sees_confidential(caller: Caller) -> bool:
    return caller.may(SEE)


SeesConfidential = Annotated[bool, Depends(sees_confidential)]
"""For every endpoint that returns scores: passed on to `confidentiality.service`."""
