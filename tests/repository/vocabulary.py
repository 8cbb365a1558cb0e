"""Words that product code does not use. `python -m tests.repository.vocabulary [FOLDER]` lists and counts them.

Identifiers, comments and docstrings are read; texts for customers and operators (modules in `TEXTS`), SQL and JSON are
not: there ordinary English is right. The words had several meanings at once; docs/glossary.md has the terms instead.
"""

import ast
import io
import re
import sys
import tokenize
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PRODUCT = ("libs", "services", "deploy")
EVERYWHERE = """
told tell tells telling untold said say says saying sayings unsaid rings ringing rang rung bell bells keeps kept keeping
stands standing stood whoever whatever whichever somebody nobody anybody anew befall befalls owed voiced resting lasting
absorb absorbs absorbed hindrance
"""
IN_NAMES = """
keep ring news place placed places placing stand noted listed wanted house door doors asks asked
fewest longest shortest largest widest farthest
"""
BANNED_EVERYWHERE = frozenset(EVERYWHERE.split())
BANNED_IN_NAMES = BANNED_EVERYWHERE | frozenset(IN_NAMES.split())
"""Names are read without their sentence, so words that are clear in prose are not clear there."""
LIMITS = re.compile(r"^_?(MOST|LEAST)(_|$)")
"""Constants that are limits begin with `MAX_` or `MIN_`."""
ALLOWED_NAMES = {
    "told_before": "field of `heed.complaint.opened.v1`, frozen by its golden events",
    "voiced": "field of the HTTP API: whether a grievance was reported",
    "unvoiced": "state of a grievance in the HTTP API",
}
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
    if TEXTS.search(path.as_posix()):
        return
    prose = _docstring_lines(source)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        line = token.start[0]
        if token.type == tokenize.NAME and token.string not in ALLOWED_NAMES:
            banned, text = BANNED_IN_NAMES, token.string
            if limit := LIMITS.match(text):
                yield Finding(path, line, limit[1].lower())
        elif token.type == tokenize.COMMENT or (token.type == tokenize.STRING and line in prose):
            banned, text = BANNED_EVERYWHERE, re.sub(r"`[^`]*`", "", token.string)
        else:
            continue
        yield from (Finding(path, line, word) for word in _words(text) if word in banned)


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
    """Return the banned words of all product code below a root."""
    files = [path for top in PRODUCT for path in sorted((root / top).rglob("*.py"))]
    return [finding for path in files for finding in findings(path.relative_to(root), path.read_text())]


def main() -> int:
    root = Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    found = all_findings(root)
    for finding in found:
        print(finding)
    counts = Counter(finding.word for finding in found)
    print(" ".join(f"{word} {count}" for word, count in counts.most_common()))
    print(f"{len(found)} banned words in product code")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
