"""Entity tags of responses: that of a read has a hash of the content behind the revision."""

import httpx

from heed_common.revisions import parse_if_match


def revision_of(response: httpx.Response) -> int:
    """Return the revision in the tag of the response."""
    revision = parse_if_match(response.headers["etag"])
    assert revision is not None
    return revision
