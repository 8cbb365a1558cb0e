"""Tables of the taxonomies and their terms."""

from sqlalchemy import BigInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from heed_complaint.core.tables import Table


class Taxonomy(Table):
    """A list of words, with what its ETag counts."""

    __tablename__ = "taxonomy"

    name: Mapped[str] = mapped_column(primary_key=True)
    fixed: Mapped[bool]
    """The program goes by its codes: only the labels may change."""
    revision: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))


class Term(Table):
    """One entry of a taxonomy, with its label in both languages. A second level has the first in front: `a.b`."""

    __tablename__ = "term"

    taxonomy: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    place: Mapped[int]
    en: Mapped[str]
    zh: Mapped[str]
    retired: Mapped[bool] = mapped_column(server_default=text("false"))
    """Not for new complaints any more; old ones keep their label."""
