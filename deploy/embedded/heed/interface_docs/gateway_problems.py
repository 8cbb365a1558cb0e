"""Problems that only the gateway of the production shape has, as in `deploy/gateway/nginx.conf`."""

from heed_common.problem_catalogue import Catalogue, Meaning

REPEAT = "Send the same request again after `Retry-After` seconds, a POST with its Idempotency-Key."
CATALOGUE: Catalogue = {
    "address_too_long": [Meaning(414, "The address is too long.", "Send fewer or shorter query parameters.")],
    "request_too_slow": [Meaning(408, "The request did not arrive in time.", "Send it without pauses.")],
    "service_too_slow": [
        Meaning(504, "The service took too long.", "Look whether it was done, or repeat it with its key.")
    ],
    "service_unreachable": [Meaning(502, "The service does not answer; please try again.", REPEAT)],
}
