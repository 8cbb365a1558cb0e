"""The articles that help people help themselves."""

from sqlalchemy import BigInteger, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from heed_complaint.core.tables import Table


class Article(Table):
    """Advice for one category, in both languages."""

    __tablename__ = "article"

    code: Mapped[str] = mapped_column(primary_key=True)
    category: Mapped[str]
    place: Mapped[int]
    title_en: Mapped[str]
    title_zh: Mapped[str]
    text_en: Mapped[str]
    text_zh: Mapped[str]
    shown: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    helped: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    """How many people said so, and so did not need to complain."""
    revision: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))

    __table_args__ = (Index("ix_article_category", "category", "place", "code"),)
