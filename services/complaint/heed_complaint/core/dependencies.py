"""Dependencies of endpoints."""

from typing import Annotated

from fastapi import Depends, Request


def house_currency(request: Request) -> str:
    return str(request.app.state.settings.currency)


DefaultCurrency = Annotated[str, Depends(house_currency)]
