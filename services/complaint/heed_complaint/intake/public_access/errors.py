from heed_common.errors import TooManyRequests


class RateLimited(TooManyRequests):
    code, title = "too_often", "That was too often in a short time; please wait a moment."

    def __init__(self, seconds: int) -> None:
        super().__init__()
        self.seconds = seconds

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(self.seconds)}
