"""Codes and agents that the lines of a chunk name, each looked up once."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.errors import HeedError
from heed_complaint.intake.imports.past.moves import PastComplaint
from heed_complaint.reference.taxonomies import service as taxonomies
from heed_complaint.workforce.assignment.errors import AgentNotCleared
from heed_complaint.workforce.staff import service as staff
from heed_complaint.workforce.staff.errors import UnknownAgent


@dataclass(frozen=True, slots=True)
class Terms:
    """Errors of unknown codes, and the agents of the desk."""

    categories: dict[str, HeedError]
    quality_sides: dict[str, HeedError]
    causes: dict[str, HeedError]
    responsibilities: dict[str, HeedError]
    agents: dict[str, bool]
    """Whether each may handle confidential complaints."""

    def error_of(self, past: PastComplaint) -> HeedError | None:
        """Return the error of the first code or agent of the complaint that is not known."""
        new = past.new
        error = self.categories.get(new.category) or self.quality_sides.get(new.quality_side or "")
        if error is not None:
            return error
        for index, move in enumerate(past.moves):
            for name, errors in (("cause", self.causes), ("responsibility", self.responsibilities)):
                found = errors.get(getattr(move.step, name) or "")
                if found is not None:
                    return type(found)(pointer=f"/transitions/{index}/{name}")
        if past.owner is not None and past.owner not in self.agents:
            return UnknownAgent(pointer="/owner")
        if past.owner is not None and new.confidential and not self.agents[past.owner]:
            return AgentNotCleared(pointer="/owner")
        return None


async def load_terms(session: AsyncSession, complaints: Sequence[PastComplaint]) -> Terms:
    """Look up everything that the complaints name. Terms that are in use cannot be removed until the end."""
    steps = [move.step for past in complaints for move in past.moves]
    agents = await staff.list_agents(session) if any(past.owner for past in complaints) else ()
    return Terms(
        await _errors({past.new.category for past in complaints}, lambda code: _category(session, code)),
        await _errors({past.new.quality_side for past in complaints}, lambda code: _quality_side(session, code)),
        await _errors({step.cause for step in steps}, lambda code: _cause(session, code)),
        await _errors({step.responsibility for step in steps}, lambda code: _responsibility(session, code)),
        {agent.id: agent.handles_confidential for agent in agents},
    )


async def _errors(
    codes: set[str | None] | set[str], validate: Callable[[str], Awaitable[None]]
) -> dict[str, HeedError]:
    found: dict[str, HeedError] = {}
    for code in sorted(code for code in codes if code is not None):
        try:
            await validate(code)
        except HeedError as error:
            found[code] = error
    return found


async def _category(session: AsyncSession, code: str) -> None:
    await taxonomies.validate_category(session, code)


async def _quality_side(session: AsyncSession, code: str) -> None:
    await taxonomies.validate_quality_side(session, code)


async def _cause(session: AsyncSession, code: str) -> None:
    await taxonomies.validate_cause_and_responsibility(session, cause=code, responsibility=None)


async def _responsibility(session: AsyncSession, code: str) -> None:
    await taxonomies.validate_cause_and_responsibility(session, cause=None, responsibility=code)
