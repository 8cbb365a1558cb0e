"""What a test must have: an assertion that neither an empty result passes nor chance fails.

An AST sees names and shapes, no values: a loop is taken to run when it goes over something written down, a constant of
the module or a range; anything else has to be asserted to be there.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeGuard

from tests.common.repository_rules import File

Function = ast.FunctionDef | ast.AsyncFunctionDef
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
LOOPS = (ast.For, ast.AsyncFor)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
FEW_DIGITS = re.compile(r"[0-9a-f]{1,5}")
REFUSALS = {"raises", "warns", "fail"}
AS_MANY_AS_GIVEN = {
    *("enumerate", "zip", "sorted", "reversed", "list", "tuple", "set", "product", "permutations", "pairwise"),
    *("combinations", "items", "values", "keys", "chain", "batched", "dict", "fields"),
}
"""What these give is empty only where that is which they are given."""


@dataclass(frozen=True)
class Suite:
    """All test files together: a test may leave the asserting to a helper in another file.

    Only a helper that asserts and returns nothing does it for the test; one that returns something does not.
    """

    files: tuple[File, ...]

    @cached_property
    def asserting(self) -> set[str]:
        """The names of functions that assert, directly or through one another. A method's name is not enough."""
        nodes = (node for file in self.files for node in _judges(file.tree) if isinstance(node, FUNCTIONS))
        functions = [node for node in nodes if not _returns(node)]
        calls = {node: {_name(part.func) for part in ast.walk(node) if _calls_by_name(part)} for node in functions}
        found = {node.name for node in functions if any(_asserts(part) for part in ast.walk(node))}
        while more := {node.name for node in functions if calls[node] & found} - found:
            found |= more
        return found


def tests_that_assert_nothing(file: File, suite: Suite) -> Iterator[str]:
    for test in _tests(file):
        if not _assertions(test, suite) and not _by_a_fixture(test, suite):
            yield f"line {test.lineno}: {test.name} asserts nothing"


def tests_that_pass_when_nothing_is_found(file: File, suite: Suite) -> Iterator[str]:
    """Every assertion is about each of something, and no assertion shows that there is one."""
    for test in _tests(file):
        there = _written_down(file.tree.body) | _written_down(ast.walk(test)) | _parameters(test)
        assertions = _assertions(test, suite)
        if assertions and all(_passes_when_empty(path, there) for path in assertions):
            yield f"line {test.lineno}: {test.name} passes when there is nothing to loop over"


def texts_found_by_chance(file: File, suite: Suite) -> Iterator[str]:
    """A few digits, also hexadecimal ones, are part of a random id now and then."""
    for node in file.nodes:
        if (
            isinstance(node, ast.Compare)
            and isinstance(node.ops[0], ast.In | ast.NotIn)
            and _is_text(node.comparators[0])
        ):
            for sought in _constants(node.left, file):
                if FEW_DIGITS.fullmatch(sought):
                    yield f"line {node.lineno}: {sought!r} is part of a random id now and then"


def _is_text(searched: ast.expr) -> bool:
    return _name(searched.func if isinstance(searched, ast.Call) else searched) in {"text", "model_dump_json", "dumps"}


def _constants(sought: ast.expr, file: File) -> Iterator[str]:
    """What is written there, or each of what a comprehension goes over."""
    if isinstance(sought, ast.Constant):
        yield str(sought.value)
    loops = (node for node in file.nodes if isinstance(node, ast.comprehension) and isinstance(sought, ast.Name))
    for loop in loops:
        if _name(loop.target) == _name(sought) and isinstance(loop.iter, ast.Tuple):
            yield from (str(part.value) for part in loop.iter.elts if isinstance(part, ast.Constant))


def _tests(file: File) -> Iterator[Function]:
    if file.path.name.startswith("test_"):
        yield from (node for node in file.nodes if isinstance(node, FUNCTIONS) and node.name.startswith("test_"))


def _assertions(test: Function, suite: Suite) -> list[tuple[ast.AST, ...]]:
    """Yield each node with the nodes around it, the outermost first."""
    return [
        (*path, node)
        for path, node in _walk(test)
        if _asserts(node) or (_calls_by_name(node) and _name(node.func) in suite.asserting)
    ]


def _walk(node: ast.AST, path: tuple[ast.AST, ...] = ()) -> Iterator[tuple[tuple[ast.AST, ...], ast.AST]]:
    for child in ast.iter_child_nodes(node):
        yield path, child
        yield from _walk(child, (*path, child))


def _asserts(node: ast.AST) -> bool:
    return isinstance(node, ast.Assert) or (isinstance(node, ast.Call) and _name(node.func) in REFUSALS)


def _judges(node: ast.AST) -> Iterator[ast.AST]:
    """Functions outside of classes, and methods named `check`."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef):
            yield from (part for part in child.body if isinstance(part, FUNCTIONS) and part.name == "check")
        else:
            yield child
            yield from _judges(child)


def _returns(function: Function) -> bool:
    parts = ast.walk(function)
    return any(isinstance(part, ast.Yield) or (isinstance(part, ast.Return) and part.value) for part in parts)


def _calls_by_name(node: ast.AST) -> TypeGuard[ast.Call]:
    """A function, or a method that asserts: the name of another method does not identify its class."""
    return isinstance(node, ast.Call) and (isinstance(node.func, ast.Name) or _name(node.func) == "check")


def _by_a_fixture(test: Function, suite: Suite) -> bool:
    return bool({argument.arg for argument in test.args.args} & suite.asserting)


def _passes_when_empty(path: tuple[ast.AST, ...], there: set[str]) -> bool:
    loops = [node for node in path if isinstance(node, LOOPS)]
    if any(not _is_there(loop.iter, there) for loop in loops):
        return True
    return isinstance(path[-1], ast.Assert) and _holds_of_nothing(path[-1].test, there)


def _holds_of_nothing(claim: ast.expr, there: set[str]) -> bool:
    """`all(… for …)`, `not any(… for …)`, `not [… for … if …]`, `[… for … if …] == []`: over what may not be there."""
    match claim:
        case ast.Call(func=ast.Name(id="all"), args=[comprehension]):
            return _may_be_empty(comprehension, there)
        case ast.UnaryOp(op=ast.Not(), operand=ast.Call(func=ast.Name(id="any"), args=[comprehension])):
            return _may_be_empty(comprehension, there)
        case ast.UnaryOp(op=ast.Not(), operand=comprehension):
            return _chooses(comprehension) and _may_be_empty(comprehension, there)
        case ast.Compare(left=comprehension, ops=[ast.Eq()], comparators=[ast.List(elts=[]) | ast.Dict(keys=[])]):
            return _chooses(comprehension) and _may_be_empty(comprehension, there)
    return False


def _may_be_empty(comprehension: ast.expr, there: set[str]) -> bool:
    if not isinstance(comprehension, COMPREHENSIONS):
        return False
    return not _is_there(comprehension.generators[0].iter, there)


def _chooses(comprehension: ast.expr) -> bool:
    """It looks for what is wrong; without a condition, that there is nothing is what the test is about."""
    return isinstance(comprehension, COMPREHENSIONS) and any(part.ifs for part in comprehension.generators)


def _is_there(found: ast.expr, there: set[str]) -> bool:
    """Whether it can be seen that there is something in it."""
    match found:
        case ast.Tuple(elts=[_, *_]) | ast.List(elts=[_, *_]) | ast.Set(elts=[_, *_]) | ast.Dict(keys=[_, *_]):
            return True
        case ast.Name(id=name):
            return name in there or name.isupper()
        case ast.Attribute(attr=name):
            return name.isupper()
        case ast.BinOp(left=left, right=right):
            return _is_there(left, there) or _is_there(right, there)
        case ast.Await(value=value) | ast.Starred(value=value) | ast.Subscript(value=value):
            return _is_there(value, there)
        case ast.ListComp(generators=parts) | ast.GeneratorExp(generators=parts) | ast.SetComp(generators=parts):
            return _is_there(parts[0].iter, there) and not any(part.ifs for part in parts)
        case ast.Call():
            return _gives_something(found, there)
    return False


def _gives_something(call: ast.Call, there: set[str]) -> bool:
    name = _name(call.func)
    if name in {"range", "count"}:
        return not (call.args and isinstance(call.args[-1], ast.Constant) and call.args[-1].value == 0)
    if name not in AS_MANY_AS_GIVEN:
        return False
    given = [*call.args, *([call.func.value] if isinstance(call.func, ast.Attribute) else [])]
    return any(_is_there(part, there) for part in given)


def _written_down(nodes: Iterable[ast.AST]) -> set[str]:
    """Names that are given something that can be seen to be there, and classes: enumerations are looped over."""
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.ImportFrom | ast.Import):
            names |= {alias.asname or alias.name for alias in node.names if (alias.asname or alias.name)[:1].isupper()}
        if isinstance(node, ast.Assert):
            names |= _asserted_to_be_there(node.test)
        if isinstance(node, ast.Assign) and _is_there(node.value, names):
            names |= {name for target in node.targets for name in _targets(target)}
    return names


def _targets(target: ast.expr) -> Iterable[str]:
    return (node.id for node in ast.walk(target) if isinstance(node, ast.Name))


def _asserted_to_be_there(claim: ast.expr) -> set[str]:
    """`assert found`, `assert len(found) …`, `assert found == [...]`: whatever it is compared with."""
    match claim:
        case ast.Name(id=name) | ast.NamedExpr(target=ast.Name(id=name)):
            return {name}
        case ast.Compare(comparators=[ast.List(elts=[]) | ast.Dict(keys=[])]):
            return set()
        case ast.Compare(left=left, comparators=others):
            return {node.id for part in (left, *others) for node in ast.walk(part) if isinstance(node, ast.Name)}
        case ast.BoolOp(op=ast.And(), values=values):
            return set().union(*map(_asserted_to_be_there, values))
    return set()


def _parameters(test: Function) -> set[str]:
    """Arguments of `parametrize` are written there, and `given` draws from its strategy."""
    decorators = [decorator for decorator in test.decorator_list if isinstance(decorator, ast.Call)]
    if "given" in {_name(decorator.func) for decorator in decorators}:
        return {argument.arg for argument in (*test.args.args, *test.args.kwonlyargs)}
    return {
        name
        for decorator in decorators
        if _name(decorator.func) == "parametrize"
        for part in ast.walk(decorator.args[0])
        if isinstance(part, ast.Constant)
        for name in str(part.value).replace(",", " ").split()
    }


def _name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""
