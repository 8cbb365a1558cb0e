"""Errors of playbooks and limits."""

from heed_common.errors import NotFound, Unprocessable


class PlaybookNotFound(NotFound):
    code, title = "playbook_not_found", "There is no such playbook."


class PlaybookInvalid(Unprocessable):
    code, title = "playbook_invalid", "The playbook contradicts itself."
    advice = "Correct what `pointer` names."


class FactDeclaredOtherwise(Unprocessable):
    code, title = "fact_declared_otherwise", "Another playbook declares this fact with another kind."
    advice = "Use the same kind in all playbooks, or another name."
