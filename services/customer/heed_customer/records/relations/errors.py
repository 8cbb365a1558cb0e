"""Errors of relations."""

from heed_common.errors import Conflict, NotFound, Unprocessable


class RelationNotFound(NotFound):
    code, title = "relation_not_found", "This customer has no such relation."


class RelationExists(Conflict):
    code, title = "relation_exists", "These customers have this relation already."
    advice = "Nothing is to be done, or change the existing relation."


class ParentExists(Conflict):
    code, title = "parent_exists", "The branch has another parent: delete that relation first."
    advice = "Delete the branch's relation to its present parent first."


class RelationCycle(Conflict):
    code, title = "relation_cycle", "The parent belongs to the branch, directly or indirectly."
    advice = "Check which of the two is the parent."


class SelfRelation(Unprocessable):
    code, title = "related_to_themselves", "A customer has no relation to itself, nor to a duplicate of it."
    advice = "Name two different customers."


class RelationImpossible(Unprocessable):
    code = "relation_impossible"
    title = (
        "Parents and branches are organizations, households have individuals, a contact person is an individual of an"
        " organization, and a final customer is no intermediary."
    )
    advice = "Check the kinds of the two customers and the kind of the relation."
