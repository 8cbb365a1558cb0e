"""What a page shows: questions with their groups of controls, in one language. Plain data for the templates."""

from dataclasses import dataclass
from typing import Literal

GroupKind = Literal["list", "numbers", "several", "text", "number"]


@dataclass(frozen=True, slots=True)
class Choice:
    """A radio button or check box."""

    id: str
    value: str
    label: str
    meaning: str = ""
    """Of an end of a row of numbers, for screen readers."""


@dataclass(frozen=True, slots=True)
class Group:
    """The controls of one value."""

    id: str
    name: str
    kind: GroupKind
    choices: tuple[Choice, ...] = ()
    values: tuple[str, ...] = ()
    """What is filled in, as it was written."""
    label: str = ""
    """Of a half of a pair."""
    ends: tuple[str, str] | None = None
    limit: int | None = None
    is_wrong: bool = False

    @property
    def target(self) -> str:
        """Id of the first control, to which the list of errors leads."""
        return self.choices[0].id if self.choices else self.id


@dataclass(frozen=True, slots=True)
class Question:
    """An item on the page."""

    id: str
    text: str
    groups: tuple[Group, ...]
    required: bool
    hint: str = ""
    error: str = ""

    @property
    def described_by(self) -> str:
        """Ids of the texts that a screen reader reads after the question."""
        parts = {"hint": self.hint, "error": self.error}
        return " ".join(f"{self.id}-{name}" for name, text in parts.items() if text)

    @property
    def target(self) -> str:
        return next((group.target for group in self.groups if group.is_wrong), self.groups[0].target)


@dataclass(frozen=True, slots=True)
class ErrorLink:
    """An entry of the list of errors."""

    target: str
    label: str


@dataclass(frozen=True, slots=True)
class PageView:
    """A page of the form."""

    survey_title: str
    heading: str
    number: int
    total: int
    questions: tuple[Question, ...]
    introduction: tuple[str, ...] = ()
    hidden: tuple[tuple[str, str], ...] = ()
    footer: str = ""

    @property
    def is_last(self) -> bool:
        return self.number == self.total

    @property
    def errors(self) -> tuple[ErrorLink, ...]:
        wrong = [question for question in self.questions if question.error]
        return tuple(ErrorLink(question.target, f"{question.text} – {question.error}") for question in wrong)
