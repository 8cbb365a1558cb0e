"""Validation of questionnaires: each problem names the part of the document that has it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from heed_common.contracts.survey import ABOUT, Measure
from heed_survey.surveys.questionnaire.conditions import impossible_values
from heed_survey.surveys.questionnaire.indicators import MAX_LEVELS, WEIGHT_TOLERANCE, child_paths, weights_below
from heed_survey.surveys.questionnaire.items import SCALED, WITH_OPTIONS, Item, ItemType, Scale, Translated
from heed_survey.surveys.questionnaire.questionnaire import Questionnaire

MAX_PROBLEMS = 100
MIN_OPTIONS = 2
ENDS = 2
"""Labels of a scale of which only the ends have one."""
TREE_TYPES = (ItemType.SCALE, ItemType.SERVQUAL, ItemType.RATING_PAIR, ItemType.IMPORTANCE)
"""Types of items that may belong to an indicator; those of a type have a tree of their own."""
REQUIREMENTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "quality": (*("performance", "fitness", "service_life", "reliability", "safety", "economy", "aesthetics"),),
        "function": ("main", "auxiliary", "compatibility"),
        "extension": ("service", "psychological_and_cultural"),
        "price": ("level", "price_quality_ratio", "elasticity"),
    }
)
REQUIREMENT_CODES = frozenset(
    {*REQUIREMENTS, *(f"{kind}.{leaf}" for kind, leaves in REQUIREMENTS.items() for leaf in leaves)}
)


@dataclass(frozen=True, slots=True)
class Problem:
    """Part of a questionnaire that does not make sense."""

    pointer: str
    detail: str


def find_problems(questionnaire: Questionnaire) -> list[Problem]:
    """Return all problems, with pointers into the document of `documents.to_document`."""
    return [
        *_code_problems(questionnaire),
        *(problem for at, item in _items(questionnaire) for problem in _item_problems(item, at)),
        *_importance_problems(questionnaire),
        *_reversal_problems(questionnaire),
        *_condition_problems(questionnaire),
        *_language_problems(questionnaire),
        *_tree_problems(questionnaire),
    ]


def _items(questionnaire: Questionnaire) -> Iterator[tuple[str, Item]]:
    for page, section in enumerate(questionnaire.sections):
        for index, item in enumerate(section.items):
            yield f"/sections/{page}/items/{index}", item


def _code_problems(questionnaire: Questionnaire) -> Iterator[Problem]:
    """Yield items whose code, or the name of one of their parts, is taken by an earlier one."""
    if not questionnaire.items:
        yield Problem("/sections", "needs at least one item")
    seen: set[str] = set()
    for at, item in _items(questionnaire):
        names = {item.code, *item.fields}
        if item.type is ItemType.MULTIPLE:  # the column of each option in analyses
            names |= {f"{item.code}.{option.code}" for option in item.options}
        if names & seen:
            yield Problem(f"{at}/code", "is taken by an earlier item, by a part of its answer or by one of its options")
        seen |= names


def _item_problems(item: Item, at: str) -> Iterator[Problem]:
    yield from _scale_problems(item, at)
    yield from _option_problems(item, at)
    yield from _measure_problems(item, at)
    if item.requirement is not None and item.requirement not in REQUIREMENT_CODES:
        yield Problem(f"{at}/requirement", "must be one of " + ", ".join(sorted(REQUIREMENT_CODES)))
    if item.in_tree and item.type not in TREE_TYPES:
        where = "indicator" if item.indicator is not None else "weight"
        yield Problem(f"{at}/{where}", "is for items of the types " + ", ".join(TREE_TYPES))


def _scale_problems(item: Item, at: str) -> Iterator[Problem]:
    if item.scale is None:
        if item.type in SCALED:
            yield Problem(at, "needs a scale")
        return
    if item.type not in SCALED:
        yield Problem(f"{at}/scale", "is for items of the types " + ", ".join(sorted(SCALED)))
    yield from _end_problems(item.scale, f"{at}/scale")


def _end_problems(scale: Scale, at: str) -> Iterator[Problem]:
    if scale.lowest >= scale.highest:
        yield Problem(at, "highest must be above lowest")
    elif len(scale.labels) not in (0, ENDS, scale.size):
        yield Problem(at, "needs a label for every number, for both ends, or none at all")


def _option_problems(item: Item, at: str) -> Iterator[Problem]:
    if item.type not in WITH_OPTIONS:
        if item.options:
            yield Problem(f"{at}/options", "are for items of the types " + ", ".join(sorted(WITH_OPTIONS)))
        return
    if len(item.options) < MIN_OPTIONS:
        yield Problem(f"{at}/options", "needs two options at least")
    codes = Counter[str]()
    texts = Counter[Translated]()
    for index, option in enumerate(item.options):
        codes[option.code] += 1
        texts[option.text] += 1
        if codes[option.code] > 1 or texts[option.text] > 1:
            yield Problem(f"{at}/options/{index}", "must differ from the other options in code and text")


def _measure_problems(item: Item, at: str) -> Iterator[Problem]:
    if item.measure is not Measure.OTHER and item.type is not ItemType.SCALE:
        yield Problem(at, "needs a scale and the type scale, or the measure other")
    if item.type is ItemType.IMPORTANCE:
        return
    codes = ABOUT.get(item.measure)
    if codes is None and item.about is not None:
        yield Problem(f"{at}/about", "is only for the measures " + ", ".join(ABOUT))
    if codes is not None and item.about not in codes:
        yield Problem(f"{at}/about", "must be one of " + ", ".join(sorted(codes)))


def _importance_problems(questionnaire: Questionnaire) -> Iterator[Problem]:
    """Yield items that ask how important something is that the questionnaire does not have."""
    in_tree = [item for item in questionnaire.items if item.in_tree]
    rated = {item.code for item in questionnaire.items if item.type is not ItemType.IMPORTANCE}
    rated |= set(_parents(in_tree)) - {""}
    for at, item in _items(questionnaire):
        if item.type is ItemType.IMPORTANCE and item.about is not None and item.about not in rated:
            yield Problem(f"{at}/about", "must be the code of another item or the path of an indicator")


def _reversal_problems(questionnaire: Questionnaire) -> Iterator[Problem]:
    """Yield reversed items that are no scales, and those that are the reverse of something else than an item."""
    earlier: dict[str, Item] = {}
    for at, item in _items(questionnaire):
        if item.is_reversed and item.type is not ItemType.SCALE:
            yield Problem(f"{at}/{'reversed' if item.reversed else 'reverse_of'}", "is for items of the type scale")
        elif item.reverse_of is not None and not _are_opposite(earlier.get(item.reverse_of), item):
            yield Problem(f"{at}/reverse_of", "must be an earlier item on the same scale that is not reversed itself")
        earlier[item.code] = item


def _are_opposite(direct: Item | None, item: Item) -> bool:
    if direct is None or direct.type is not ItemType.SCALE or direct.scale is None or item.scale is None:
        return False
    same_ends = (direct.scale.lowest, direct.scale.highest) == (item.scale.lowest, item.scale.highest)
    return same_ends and not direct.is_reversed


def _condition_problems(questionnaire: Questionnaire) -> Iterator[Problem]:
    earlier: list[Item] = []
    for at, item in _items(questionnaire):
        if item.show_if is not None:
            for pointer, detail in impossible_values(item.show_if, earlier, pointer=f"{at}/show_if"):
                yield Problem(pointer, detail)
        earlier.append(item)


def _language_problems(questionnaire: Questionnaire) -> Iterator[Problem]:
    if not questionnaire.languages:
        yield Problem("/languages", "needs every text in one language at least, en or zh")
    for at, text in _texts(questionnaire):
        missing = [language for language in questionnaire.languages if language not in text.languages]
        if missing:
            yield Problem(at, "needs a text in " + " and ".join(missing))


def _texts(questionnaire: Questionnaire) -> Iterator[tuple[str, Translated]]:
    yield "/title", questionnaire.title
    for page, section in enumerate(questionnaire.sections):
        if section.title is not None:
            yield f"/sections/{page}/title", section.title
    for at, item in _items(questionnaire):
        yield f"{at}/text", item.text
        labels = item.scale.labels if item.scale else ()
        yield from ((f"{at}/scale/labels/{index}", label) for index, label in enumerate(labels))
        yield from ((f"{at}/options/{index}/text", option.text) for index, option in enumerate(item.options))
    for index, node in enumerate(questionnaire.indicator_nodes):
        yield from ((f"/indicators/{index}/text", text) for text in node.texts)


def _tree_problems(questionnaire: Questionnaire) -> Iterator[Problem]:
    in_tree = [(at, item) for at, item in _items(questionnaire) if item.in_tree]
    for at, item in in_tree:
        if (item.indicator or "").count(".") + 2 > MAX_LEVELS:
            yield Problem(f"{at}/indicator", "must leave the items within four levels: at most three names")
    for type_ in TREE_TYPES:
        yield from _weight_problems(questionnaire, [(at, item) for at, item in in_tree if item.type is type_])
    yield from _node_problems(questionnaire, [item for _, item in in_tree])


def _weight_problems(questionnaire: Questionnaire, leaves: Sequence[tuple[str, Item]]) -> Iterator[Problem]:
    """Yield the nodes whose children have weights that do not sum to 1, at the first child that has one."""
    items = [item for _, item in leaves]
    nodes = {node.path: (node.text, node.weight) for node in questionnaire.indicator_nodes}
    pointers = {
        f"{node.path}": f"/indicators/{index}/weight" for index, node in enumerate(questionnaire.indicator_nodes)
    }
    for parent in _parents(items):
        weights = weights_below(parent, items, nodes)
        stated = [weight for weight in weights if weight is not None]
        own = [f"{at}/weight" for at, item in leaves if (item.indicator or "") == parent]
        where = [pointers.get(path, "/indicators") for path in child_paths(parent, items)] + own
        name = parent or "the index"
        if stated and len(stated) < len(weights):
            yield Problem(where[weights.index(None)], f"is missing: the others below {name} have weights")
        elif stated and abs(sum(stated, Decimal(-1))) > WEIGHT_TOLERANCE:
            yield Problem(where[0], f"must sum to 1 with the others below {name}, to {WEIGHT_TOLERANCE}")


def _parents(items: Sequence[Item]) -> list[str]:
    """Return the paths of all inner nodes, the root first."""
    found = [""] if items else []
    for path in found:
        found += child_paths(path, items)
    return found


def _node_problems(questionnaire: Questionnaire, items: Sequence[Item]) -> Iterator[Problem]:
    used = set(_parents(items))
    seen: set[str] = set()
    for index, node in enumerate(questionnaire.indicator_nodes):
        if node.path in seen:
            yield Problem(f"/indicators/{index}/path", "is there already")
        elif node.path not in used:
            yield Problem(f"/indicators/{index}/path", "has no item below it")
        seen.add(node.path)
