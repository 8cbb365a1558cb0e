"""Help articles as JSON."""

from typing import Annotated

from pydantic import Field, StrictInt

from heed_common.fields import Code, LongText, RequestModel, ResponseModel, ShortText
from heed_common.languages import Language
from heed_complaint.intake.help_articles.rules import ArticleContent, Translated
from heed_complaint.intake.help_articles.tables import Article


class TitleIn(RequestModel):
    en: ShortText
    zh: ShortText

    def to_domain(self) -> Translated:
        return {"en": self.en, "zh": self.zh}


class TextIn(RequestModel):
    en: LongText
    zh: LongText

    def to_domain(self) -> Translated:
        return {"en": self.en, "zh": self.zh}


class ArticleIn(RequestModel):
    """A help article for one category, in both languages. It is shown as plain text."""

    category: Code
    place: Annotated[StrictInt, Field(ge=0, le=1_000_000)] = 100
    """Position among the articles of its category."""
    title: TitleIn
    """Headline in both languages."""
    text: TextIn
    """Advice in both languages, as plain text."""

    def to_domain(self) -> ArticleContent:
        return ArticleContent(self.category, self.place, self.title.to_domain(), self.text.to_domain())


class ArticleOut(ResponseModel):
    """An article in one language, for customers."""

    code: str
    """Code in the path of the article."""
    category: str
    language: Language
    title: str
    """Headline in `language`."""
    text: str
    """Advice in `language`, as plain text."""

    @classmethod
    def from_domain(cls, article: Article, *, language: Language) -> "ArticleOut":
        title, text = (article.title_zh, article.text_zh) if language == "zh" else (article.title_en, article.text_en)
        return cls(code=article.code, category=article.category, language=language, title=title, text=text)


class ArticleTextOut(ResponseModel):
    en: str
    zh: str


class EditableArticleOut(ResponseModel):
    """An article in both languages and with its counters, for operators."""

    code: str
    """Code in the path of the article."""
    category: str
    place: int
    """Position among the articles of its category, the lowest first."""
    title: ArticleTextOut
    """Headline in both languages."""
    text: ArticleTextOut
    """Advice in both languages, as plain text."""
    shown: int
    """How often it was shown to people about to complain."""
    helped: int
    """How many people marked it as helpful instead of complaining."""

    @classmethod
    def from_domain(cls, article: Article) -> "EditableArticleOut":
        return cls(
            code=article.code,
            category=article.category,
            place=article.position,
            title=ArticleTextOut(en=article.title_en, zh=article.title_zh),
            text=ArticleTextOut(en=article.text_en, zh=article.text_zh),
            shown=article.view_count,
            helped=article.helpful_count,
        )
