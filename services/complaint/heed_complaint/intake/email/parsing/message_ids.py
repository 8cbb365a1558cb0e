"""Message ids, compared by their tokens: with or without angle brackets, comments and commas around them. Pure."""

import re
from uuid import UUID

from heed_common.messages.message_ids import find_own_ids
from heed_common.text import is_blank

MAX_IDS = 100
"""The latest hundred of a longer list are used."""
MAX_ID = 998
"""The longest line of a mail."""
BRACKETED = re.compile(r"<([^<>]{1,2000})>")
COMMENT = re.compile(r"\([^()]*\)")
SEPARATORS = re.compile(r"[\s,;]+")
OUR_ID = re.compile(
    r"heed-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:\.[0-9a-z_-]{1,64}){0,3}@[^\s<>\"',;()]+", re.IGNORECASE
)
"""The id of a message that a gateway sent for Heed names its complaint."""


def parse_message_ids(value: str) -> list[str]:
    """Return the ids of a header in their order, each as `<token>`."""
    # Folding may have put white space into the brackets.
    bracketed = ["".join(token.split()) for token in BRACKETED.findall(value)]
    outside = SEPARATORS.split(COMMENT.sub(" ", BRACKETED.sub(" ", value)))
    plain = [token.strip("<>") for token in outside]
    if bracketed:
        plain = [token for token in plain if "@" in token]
    ids = [token[:MAX_ID] for token in (*bracketed, *plain) if not is_blank(token)]
    return [f"<{token}>" for token in dict.fromkeys(ids)][-MAX_IDS:]


def referenced_complaint(message_id: str) -> UUID | None:
    """Return the complaint in the id of a message that a gateway sent for Heed."""
    found = OUR_ID.fullmatch(message_id.strip("<> "))
    return UUID(found[1]) if found else None


def our_ids_in(text: str) -> list[str]:
    """Return the ids of our messages that a text repeats: a bounce names the message that did not arrive."""
    by_gateway = [f"<{found[0]}>" for found in OUR_ID.finditer(text)]
    return [*by_gateway, *(f"<heed.{message_id.hex}@>" for message_id in find_own_ids(text))][:MAX_IDS]


def referenced_message(message_id: str) -> UUID | None:
    """Return the message in an id that Heed's own sender gave it."""
    return next(iter(find_own_ids(f"<{message_id.strip('<> ')}>")), None)


def own_message_id(complaint_id: UUID, *, suffix: str, domain: str) -> str:
    """Return the id, without brackets, of a message about this complaint; the suffix makes it unique."""
    return f"heed-{complaint_id}.{suffix}@{domain}"
