"""Errors of relations."""

from heed_common.errors import Conflict, NotFound, Unprocessable


class RelationNotFound(NotFound):
    code, title = "relation_not_found", "This customer has no such relation."


class RelationExists(Conflict):
    code, title = "relation_exists", "These customers have this relation already."


class ParentExists(Conflict):
    code, title = "parent_exists", "The branch has another parent: delete that relation first."


class RelationCycle(Conflict):
    code, title = "relation_cycle", "The parent belongs to the branch, directly or indirectly."


class SelfRelation(Unprocessable):
    code, title = "related_to_themselves", "A customer has no relation to itself, nor to a duplicate of it."


class RelationImpossible(Unprocessable):
    code = "relation_impossible"
    title = (
        "Parents and branches are organizations, households have individuals, a contact person is an individual of an"
        " organization, and a final customer is no intermediary."
    )
