"""How articles come in and are shown."""

from typing import Annotated

from pydantic import Field, StrictInt

from heed_common.fields import Code, LongText, RequestModel, ResponseModel, ShortText
from heed_common.languages import Language
from heed_complaint.intake.help_articles.rules import Advice, Words
from heed_complaint.intake.help_articles.tables import Article


class TitleIn(RequestModel):
    en: ShortText
    zh: ShortText

    def as_words(self) -> Words:
        return {"en": self.en, "zh": self.zh}


class TextIn(RequestModel):
    en: LongText
    zh: LongText

    def as_words(self) -> Words:
        return {"en": self.en, "zh": self.zh}


class ArticleIn(RequestModel):
    """Advice for one category, in both languages. It is shown as plain text."""

    category: Code
    place: Annotated[StrictInt, Field(ge=0, le=1_000_000)] = 100
    """Among the articles of its category."""
    title: TitleIn
    text: TextIn

    def as_advice(self) -> Advice:
        return Advice(self.category, self.place, self.title.as_words(), self.text.as_words())


class ArticleOut(ResponseModel):
    """In one language, for people."""

    code: str
    category: str
    language: Language
    title: str
    text: str

    @classmethod
    def of(cls, article: Article, *, language: Language) -> "ArticleOut":
        title, text = (article.title_zh, article.text_zh) if language == "zh" else (article.title_en, article.text_en)
        return cls(code=article.code, category=article.category, language=language, title=title, text=text)


class WordsOut(ResponseModel):
    en: str
    zh: str


class WrittenArticleOut(ResponseModel):
    """In both languages and with its counters, for operators."""

    code: str
    category: str
    place: int
    title: WordsOut
    text: WordsOut
    shown: int
    helped: int
    """How many people said that it spared them the complaint."""

    @classmethod
    def of(cls, article: Article) -> "WrittenArticleOut":
        plain = {name: getattr(article, name) for name in ("code", "category", "place", "shown", "helped")}
        title = WordsOut(en=article.title_en, zh=article.title_zh)
        return cls(**plain, title=title, text=WordsOut(en=article.text_en, zh=article.text_zh))
