"""Words that code does not use. `python -m tests.repository.vocabulary [FOLDER]` lists and counts them.

Identifiers, comments and docstrings are read; texts for customers and operators (modules in `TEXTS`), SQL and JSON are
not: there ordinary English is right. The words had several meanings at once; docs/glossary.md has the terms instead.
Product code has a longer list than tests and benchmarks, whose names are sentences.
"""

import ast
import io
import re
import sys
import tokenize
from collections import Counter
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from pathlib import Path

PRODUCT = ("libs", "services", "deploy")
TESTS = ("tests", "benchmarks")
EVERYWHERE = """
told tell tells telling untold said say says saying sayings unsaid rings ringing rang rung bell bells kept keeping
stands standing stood whoever somebody nobody anybody anew befall befalls owed voiced resting lasting
absorb absorbs absorbed hindrance
"""
IN_NAMES = """
keep keeps ring news place placed placing stand noted listed wanted house door doors asks asked
"""
TESTS_TOO = """
told tell tells telling untold said say says saying sayings unsaid ring rings ringing rang rung bell bells
kept keep keeps keeping stand stands standing whoever somebody nobody anybody anew befall befalls owed wanted news
asks asked voiced resting house door doors noted
"""
BANNED_EVERYWHERE = frozenset(EVERYWHERE.split())
BANNED_IN_NAMES = BANNED_EVERYWHERE | frozenset(IN_NAMES.split())
"""Names are read without their sentence, so words that are clear in prose are not clear there."""
BANNED_IN_TESTS = frozenset(TESTS_TOO.split())
"""Of tests and benchmarks: names, docstrings and comments alike."""
LIMITS = re.compile(r"^_?(MOST|LEAST|FEWEST|LONGEST|SHORTEST|LARGEST|WIDEST|FARTHEST)(_|$)")
"""Constants that are limits begin with `MAX_` or `MIN_`."""
TERMS = {
    "kept": "a promise is kept or broken",
    "keep": "`keep` of imports leaves stored values as they are; a promise is kept",
    "rung": "step of the repurchase ladder",
    "voiced": "a grievance that was reported",
}
"""Words of the domain: docs/glossary.md has them with these definitions."""
TERM_FILES = re.compile(
    r"promise|transitions|resolution_rates|repurchase_ladder|reports/(repository|schemas|summary)|workforce|contracts"
    r"|customer_messages|call_backs/facts|features/features|reports/api|portfolio/api|imports|lifecycle|web_form|sla/|core/|reactions|recovery|ledger/entry|guarantees|event_examples"
)
"""Files about promises, imports, grievances and the repurchase ladder."""
LIBRARY_NAMES = frozenset({"keep_alive", "keep_alive_seconds", "timeout_keep_alive", "keep_blank_values"})
"""Names of HTTP itself and of the standard library."""
CONTRACT_FIELDS: Mapping[str, Set[str]] = {
    "common/contracts/complaint.py": {"told_before"},
    "common/contracts/customer.py": {"NOT_WANTED"},
    "complaint/lifecycle/acceptance/schemas.py": {"tell"},
    "complaint/intake/help_articles/schemas.py": {"place"},
    "complaint/workforce/staff/schemas.py": {"place"},
    "complaint/reporting/corrective_actions/api.py": {"told"},
    "complaint/reporting/corrective_actions/schemas.py": {"told", "told_at"},
    "complaint/reporting/reports/fairness/plot.py": {"time_place", "remedy_place"},
    "complaint/reporting/reports/fairness/schemas.py": {"time_place", "remedy_place"},
    "complaint/reporting/reports/fairness/service.py": {"time_place", "remedy_place"},
    "complaint/reporting/reports/resolution_rates/schemas.py": {"told_before"},
    "complaint/reporting/reports/resolution_rates/service.py": {"told_before"},
    "complaint/resolution/checklists/schemas.py": {"say"},
    "complaint/resolution/playbooks/defaults.py": {"say"},
    "complaint/resolution/playbooks/schemas.py": {"say"},
    "complaint/sla/promises/schemas.py": {"told_before"},
    "customer/accounts/profiles/groups/organization.py": {"credit_standing"},
    "customer/accounts/profiles/groups/person.py": {"native_place"},
    "customer/accounts/profiles/groups/ties.py": {"place"},
    "customer/records/customers/upserts.py": {"KEEP", "KEPT"},
    "customer/item_results.py": {"KEEP", "KEPT"},
    "scoring/engine/churn/reasons.py": {"NOT_WANTED"},
    "scoring/handlers.py": {"PromiseKept"},
    "scoring/insights/portfolio/clusters.py": {"place"},
    "scoring/insights/portfolio/leaky_bucket.py": {"kept"},
    "scoring/insights/portfolio/plots/bucket.py": {"kept"},
    "scoring/insights/portfolio/schemas.py": {"kept", "place"},
    "survey/call_backs/api.py": {"may_be_asked"},
    "survey/call_backs/schemas.py": {"may_be_asked"},
}
"""Fields of frozen events and of the HTTP API, by file: they change with the next version of the contract only."""
TEST_NAMES = frozenset(
    {"told_before", "may_be_asked", "PromiseKept", "promises_kept", "mark_kept", "NOT_WANTED", "KEEP", "KEPT"}
)
"""Names of the product and its contract that tests call."""
TEST_TERMS: Mapping[str, str] = {
    "survey/call_backs/facts": "kept",
    "complaint/sla/promises/": "kept keeps",
    "customer/commitments/": "kept keeps",
    "complaint/reporting/reports/test_resolution_rates.py": "kept",
    "complaint/workforce/test_desk_api.py": "kept",
    "customer/imports/": "kept",
    "complaint/intake/imports/": "kept",
    "tests/repository/test_vocabulary.py": " ".join(sorted(BANNED_IN_TESTS)),
    "tests/repository/vocabulary.py": "told tells kept",
}
"""Terms of `TERMS` by the tests that are about them, and the tests of this list."""
TEXTS = re.compile(r"(^|/)(texts|error_texts|labels|layout|elements|views)\.py$|/explain/|/migrations/")
WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


@dataclass(frozen=True)
class Finding:
    """A banned word with its place."""

    path: Path
    line: int
    word: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.word}"


def findings(path: Path, source: str) -> Iterator[Finding]:
    """Yield the banned words of one file."""
    if path.parts[0] in TESTS:
        yield from _test_findings(path, source)
    elif not TEXTS.search(path.as_posix()):
        yield from _product_findings(path, source)


def _product_findings(path: Path, source: str) -> Iterator[Finding]:
    fields = next((names for suffix, names in CONTRACT_FIELDS.items() if path.as_posix().endswith(suffix)), frozenset())
    terms = TERMS if TERM_FILES.search(path.as_posix()) else {}
    for line, text, is_name in _texts(source, allowed=LIBRARY_NAMES | fields):
        if is_name and (limit := LIMITS.match(text)):
            yield Finding(path, line, limit[1].lower())
        banned = BANNED_IN_NAMES if is_name else BANNED_EVERYWHERE
        yield from (Finding(path, line, word) for word in _words(text) if word in banned and word not in terms)


def _test_findings(path: Path, source: str) -> Iterator[Finding]:
    terms = {word for part, words in TEST_TERMS.items() if part in path.as_posix() for word in words.split()}
    for line, text, _ in _texts(source, allowed=LIBRARY_NAMES | TEST_NAMES):
        yield from (Finding(path, line, word) for word in _words(text) if word in BANNED_IN_TESTS - terms)


def _texts(source: str, *, allowed: Set[str]) -> Iterator[tuple[int, str, bool]]:
    """Yield names, comments and docstrings with their lines; True marks a name."""
    prose = _docstring_lines(source)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        line = token.start[0]
        if token.type == tokenize.NAME and token.string not in allowed:
            yield line, token.string, True
        elif token.type == tokenize.COMMENT or (token.type == tokenize.STRING and line in prose):
            yield line, re.sub(r"`[^`]*`", "", token.string), False


def _words(text: str) -> list[str]:
    return [word.lower() for word in WORD.findall(text)]


def _docstring_lines(source: str) -> set[int]:
    """Return the lines where a docstring, or a string that documents a constant, begins."""
    nodes = ast.walk(ast.parse(source))
    return {
        node.lineno
        for node in nodes
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    }


def all_findings(root: Path) -> list[Finding]:
    """Return the banned words of all code below a root."""
    files = [path for top in (*PRODUCT, *TESTS) for path in sorted((root / top).rglob("*.py"))]
    return [finding for path in files for finding in findings(path.relative_to(root), path.read_text())]


def main() -> int:
    root = Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    found = all_findings(root)
    for finding in found:
        print(finding)
    counts = Counter(finding.word for finding in found)
    print(" ".join(f"{word} {count}" for word, count in counts.most_common()))
    print(f"{len(found)} banned words")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
