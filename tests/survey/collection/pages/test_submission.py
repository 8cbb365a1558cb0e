"""Page after page: skip logic, errors, back, another version."""

from hypothesis import given
from hypothesis import strategies as st

from heed_survey.collection.pages.layout import Layout
from heed_survey.collection.pages.submission import Action, carry_over, submit_page
from heed_survey.responses.answers import check_answers
from tests.survey.collection.tour import tour

TOUR = tour()
FIRST = {"overall": 4, "recommend": 9}


def submit(page, stored=None, action=Action.NEXT, shown=None, **fields):
    """Submit a page on which all visible items were shown."""
    stored = stored or {}
    shown = {item.code for item in Layout(TOUR, stored).items(page)} if shown is None else shown
    given = {f"q.{name.replace('__', '.')}": (value,) for name, value in fields.items()}
    return submit_page(TOUR, stored, page, given, shown=frozenset(shown), action=action)


def test_a_complete_page_is_followed_by_the_next():
    submission = submit(1, overall="4", recommend="9")
    assert (submission.page, submission.errors, submission.is_complete) == (2, {}, False)
    assert submission.answers == FIRST


def test_a_missing_answer_stays_on_the_page():
    submission = submit(1, overall="4")
    assert submission.page == 1
    assert submission.errors.keys() == {"q.recommend"}


def test_a_question_that_an_answer_makes_visible_is_shown_on_the_same_page():
    begun = submit(1, overall="1", recommend="2")
    assert (begun.page, begun.errors) == (1, {})
    again = submit(1, stored=begun.answers, overall="1", recommend="2")
    assert again.errors.keys() == {"q.trouble"}


def test_a_question_that_an_answer_hides_is_skipped():
    stored = {"overall": 1, "trouble": ["late"], "recommend": 2}
    submission = submit(1, stored=stored, overall="5", recommend="2")
    assert (submission.page, submission.errors) == (2, {})
    assert "trouble" not in Layout(TOUR, submission.answers).visible_answers()


def test_a_page_without_a_visible_question_is_skipped():
    assert submit(2, stored=FIRST, where="shop").page == 4
    assert submit(2, stored=FIRST, where="home").page == 3


def test_the_last_page_completes_the_form():
    assert submit(4, stored={**FIRST, "where": "shop"}).is_complete


def test_the_last_page_leads_back_to_what_was_left_out():
    submission = submit(4, stored={"overall": 4})
    assert (submission.page, submission.is_complete) == (1, False)


def test_going_back_stores_what_is_valid_and_checks_nothing():
    submission = submit(2, stored=FIRST, action=Action.BACK, where="moon", prompt__expectation="7")
    assert (submission.page, submission.errors) == (1, {})
    assert submission.answers == FIRST


def test_another_language_shows_the_same_page_again():
    submission = submit(2, stored=FIRST, action=Action.LANGUAGE, where="home")
    assert (submission.page, submission.answers["where"]) == (2, "home")


def test_what_is_emptied_is_no_answer_any_more():
    stored = {**FIRST, "where": "shop", "free": "tea"}
    assert "free" not in submit(4, stored=stored).answers


def test_what_was_not_on_the_page_is_neither_read_nor_lost():
    submission = submit(1, stored={"free": "tea"}, shown={"overall", "recommend"}, overall="4", recommend="9", free="x")
    assert submission.answers == {"free": "tea", **FIRST}


def test_another_version_takes_over_what_it_accepts():
    old = {"overall": 9, "recommend": 9, "gone": 1, "where": "shop", "day": {"functional": "like"}}
    assert carry_over(old, TOUR) == {"recommend": 9, "where": "shop"}


def test_no_page_is_reachable_behind_a_missing_answer():
    layout = Layout(TOUR, {"overall": 4})
    assert [layout.reachable(page) for page in (1, 2, 3, 4, 99)] == [1] * 5
    layout = Layout(TOUR, FIRST)
    assert [layout.reachable(page) for page in (1, 2, 3, 4)] == [1, 2, 2, 2]


VALUES = st.sampled_from([str(number) for number in range(11)] + ["shop", "home", "late", "like", ""])
NAMES = st.sampled_from(sorted(f"q.{name}" for item in TOUR.items for name in item.fields))
PAGES = st.lists(
    st.tuples(st.integers(1, 6), st.sampled_from(list(Action)), st.dictionaries(NAMES, st.tuples(VALUES), max_size=9)),
    max_size=8,
)


@given(PAGES)
def test_whatever_is_sent_page_by_page_a_complete_form_is_a_valid_response(pages):
    stored = {}
    for page, action, fields in pages:
        layout = Layout(TOUR, stored)
        shown = frozenset(item.code for item in layout.items(page))
        submission = submit_page(TOUR, stored, page, fields, shown=shown, action=action)
        assert submission.page in Layout(TOUR, submission.answers).numbers
        if submission.is_complete:
            answers = Layout(TOUR, submission.answers).visible_answers()
            assert check_answers(answers, TOUR) == answers
        if not submission.errors:
            stored = submission.answers
