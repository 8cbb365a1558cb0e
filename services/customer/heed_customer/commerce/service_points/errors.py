"""Errors of service points."""

from heed_common.errors import NotFound


class ServicePointNotFound(NotFound):
    code, title = "service_point_not_found", "There is no service point with this code."
