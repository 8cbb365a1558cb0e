"""Tables of taxonomies."""

from sqlalchemy import BigInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from heed_complaint.core.tables import Table


class Taxonomy(Table):
    """A list of terms."""

    __tablename__ = "taxonomy"

    name: Mapped[str] = mapped_column(primary_key=True)
    codes_locked: Mapped[bool]
    """The program depends on its codes: only the labels may change."""
    revision: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))


class Term(Table):
    """One entry of a taxonomy, with its label in both languages. The code of a second level is `first.second`."""

    __tablename__ = "term"

    taxonomy: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    en: Mapped[str]
    zh: Mapped[str]
    retired: Mapped[bool] = mapped_column(server_default=text("false"))
    """Not for new complaints any more; it still labels old ones."""
