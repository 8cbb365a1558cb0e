"""The one line at the end of a run, and whether all is as it should be."""

from dataclasses import dataclass, field

from tests.faults.harness.checks import Damage

CONTROLS = 4


@dataclass(slots=True)
class Report:
    """The figures of a run, added up over its stages."""

    seed: int
    faults: int = 0
    acknowledged: int = 0
    damages: list[Damage] = field(default_factory=list)
    surprises: list[str] = field(default_factory=list)
    """What the line has no figure for and is a failure all the same: the product ended, or answered 500."""
    controls_caught: int = 0

    @property
    def is_as_it_should_be(self) -> bool:
        caught_all = self.controls_caught == CONTROLS
        return caught_all and not self.surprises and all(damage.is_none for damage in self.damages)

    def line(self) -> str:
        """Write the figures as the Makefile promises them."""
        figures = " ".join(
            f"{name} {sum(len(getattr(damage, name)) for damage in self.damages)}" for name in Damage.__slots__
        )
        return (
            f"seed {self.seed} faults {self.faults} acknowledged {self.acknowledged} {figures} "
            f"controls_caught {self.controls_caught}/{CONTROLS}"
        )

    def details(self) -> list[str]:
        """List every finding, one a line."""
        findings = [
            f"{name}: {finding}"
            for damage in self.damages
            for name in Damage.__slots__
            for finding in getattr(damage, name)
        ]
        return findings + self.surprises
