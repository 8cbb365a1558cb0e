"""A request whose JSON is parsed strictly."""

from starlette.requests import Request

from heed_common import strict_json
from heed_common.http.errors import HeedHTTPException, MalformedJSON
from heed_common.problems import Invalid, json_pointer


class StrictRequest(Request):
    """Rejects JSON that Python's parser accepts: NaN, other encodings, NUL and lone surrogates in texts."""

    async def json(self) -> object:
        try:
            return strict_json.loads(await self.body())
        except strict_json.TooManyValues as error:
            raise HeedHTTPException(Invalid([{"pointer": "", "detail": str(error)}])) from None
        except strict_json.NotJSON as error:
            raise HeedHTTPException(
                MalformedJSON(f"{MalformedJSON.title} Reading ended at {error.position}.")
            ) from None
        except strict_json.UnstorableText as error:
            raise HeedHTTPException(Invalid([{"pointer": json_pointer(error.path), "detail": str(error)}])) from None
