"""Table of help articles."""

from sqlalchemy import BigInteger, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from heed_complaint.core.tables import Table


class Article(Table):
    """A help article for one category, in both languages."""

    __tablename__ = "article"

    code: Mapped[str] = mapped_column(primary_key=True)
    category: Mapped[str]
    position: Mapped[int]
    title_en: Mapped[str]
    title_zh: Mapped[str]
    text_en: Mapped[str]
    text_zh: Mapped[str]
    view_count: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    helpful_count: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    """How many people marked it as helpful instead of complaining."""
    revision: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))

    __table_args__ = (Index("ix_article_category", "category", "position", "code"),)
