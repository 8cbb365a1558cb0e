"""Answers beside facts: the table, where words and facts disagree, and what may not be shown of it."""

import csv
import io
from uuid import uuid4

import numpy as np
import pytest
from scipy.stats import t

from tests.common.sample_app import make_client, make_token
from tests.survey.analysis.attack import Attacker, random_condition
from tests.survey.analysis.studies import TEN, analysed, ask, create_study, insert_responses, random_answers, scale
from tests.survey.call_backs.facts.cases import Case, receive
from tests.survey.factories import STUDY

pytestmark = pytest.mark.asyncio
ITEMS = [scale("overall", measure="satisfaction"), scale("speed"), scale("recommend", of=TEN, measure="recommendation")]
DEADLINE = {"fact": "deadline"}
OWN = ("word", "fact.deadline")
"""What the reader of a table knows of people beside their answers."""


async def study(client, database, words, **overrides):
    """Return a survey whose customers had a complaint resolved in time (True), late (False), or none (None).

    `words` has a list of their answers for each of these; `cases` the complaints in the same order.
    """
    survey_id = await create_study(client, items=ITEMS, **overrides)
    answers, customers, events, cases = [], [], [], []
    for is_met, values in words.items():
        for value in values:
            customer = uuid4()
            case = Case(customer).complete(day=-2, within=is_met)
            answers.append({"overall": value})
            customers.append(customer)
            if is_met is not None:
                events += case.events
                cases.append((is_met, value, case))
    await receive(database, *events)
    await insert_responses(database, survey_id, answers, customer_id=customers)
    return survey_id, cases


def random_words(n=60):
    rng = np.random.default_rng(5)
    shares = {True: [0.1, 0.1, 0.2, 0.3, 0.3], False: [0.3, 0.2, 0.2, 0.2, 0.1], None: [0.2] * 5}
    return {key: rng.choice([1, 2, 3, 4, 5], size=n, p=share).tolist() for key, share in shares.items()}


def counts_of(row):
    return [row[word]["count"] for word in ("dissatisfied", "neutral", "satisfied")]


async def test_the_table_counts_the_words_of_each_fact_with_the_intervals_of_the_design(client, survey_database):
    words = random_words()
    survey_id, _ = await study(client, survey_database, words)
    found = await analysed(client, survey_id, "facts", **DEADLINE)
    (table,) = found["facts"]
    assert [row["value"] for row in table["rows"]] == ["met", "not_met", "unknown"]
    for row, values in zip(table["rows"], words.values(), strict=True):
        values = np.array(values)
        expected = [(values <= 2).sum(), (values == 3).sum(), (values >= 4).sum()]
        assert (row["n"], counts_of(row)) == (len(values), expected)
        assert row["satisfied"]["share"]["estimate"] == pytest.approx(expected[2] / len(values))
        assert row["mean"]["estimate"] == pytest.approx(values.mean())
    assert (found["item"], found["dissatisfied_to"], found["satisfied_from"]) == ("overall", 2, 4)


async def test_the_difference_is_that_of_independent_groups_with_its_interval(client, survey_database):
    words = random_words()
    survey_id, _ = await study(client, survey_database, words)
    (table,) = (await analysed(client, survey_id, "facts", **DEADLINE))["facts"]
    good, bad = np.array(words[True]), np.array(words[False])
    for name, (first, second) in {
        "mean_difference": (good, bad),
        "satisfied_difference": (good >= 4, bad >= 4),
    }.items():
        change = first.mean() - second.mean()
        n = len(first) + len(second) + len(words[None])
        # The groups are domains of one sample: residuals are squared over all of it, n/(n − 1) times.
        se = np.sqrt(n / (n - 1) * (first.var() / len(first) + second.var() / len(second)))
        half = t.ppf(0.975, len(first) + len(second) - 1) * se
        found = table[name]
        assert (found["estimate"], found["se"]) == (pytest.approx(change), pytest.approx(se))
        assert (found["low"], found["high"]) == (pytest.approx(change - half), pytest.approx(change + half))


async def test_words_and_facts_disagree_where_the_dissatisfied_got_what_was_due(client, survey_database):
    survey_id, cases = await study(client, survey_database, {True: [1, 2, 4, 5], False: [1, 3, 5], None: [1, 5]})
    (table,) = (await analysed(client, survey_id, "facts", **DEADLINE))["facts"]
    assert (table["fact_good_word_bad"], table["fact_bad_word_good"]) == (2, 1)
    for kind, is_met, values in (("fact_good_word_bad", True, (1, 2)), ("fact_bad_word_good", False, (5,))):
        path = f"/v1/surveys/{survey_id}/analysis/facts/disagreements"
        listed = (await client.get(path, params=DEADLINE | {"kind": kind})).json()["items"]
        expected = {str(case.id): value for met, value, case in cases if met is is_met and value in values}
        assert {each["complaint_id"]: each["answer"] for each in listed} == expected


async def test_a_list_of_disagreements_has_pages(client, survey_database):
    survey_id, _ = await study(client, survey_database, {True: [1] * 7})
    path, seen = f"/v1/surveys/{survey_id}/analysis/facts/disagreements", []
    params = DEADLINE | {"kind": "fact_good_word_bad", "limit": 3}
    while True:
        page = (await client.get(path, params=params)).json()
        seen += [each["response_id"] for each in page["items"]]
        if page["next_cursor"] is None:
            break
        params["cursor"] = page["next_cursor"]
    assert len(seen) == 7
    assert seen == sorted(set(seen))


async def test_a_recommendation_has_the_words_of_promoters_and_detractors(client, survey_database):
    survey_id = await create_study(client, items=ITEMS)
    customers = [uuid4() for _ in range(11)]
    await receive(survey_database, *(event for id_ in customers for event in Case(id_).complete(day=-1).events))
    await insert_responses(
        survey_database, survey_id, [{"recommend": value} for value in range(11)], customer_id=customers
    )
    found = await analysed(client, survey_id, "facts", item="recommend", **DEADLINE)
    assert counts_of(found["facts"][0]["rows"][0]) == [7, 2, 2]


async def test_facts_select_and_group_responses_in_every_analysis(client, survey_database):
    words = {True: [5] * 6, False: [2] * 7, None: [3] * 8}
    survey_id, _ = await study(client, survey_database, words)
    found = await analysed(client, survey_id, "means", item="overall", by="fact.deadline")
    assert [(group["by"], group["mean"]["n"]) for group in found["groups"]] == [
        ({"fact.deadline": "met"}, 6),
        ({"fact.deadline": "not_met"}, 7),
    ]
    late = {"field": "fact.deadline", "op": "eq", "value": "not_met"}
    assert (await analysed(client, survey_id, "frequencies", item="overall", where=late))["n"] == 7
    crossed = await analysed(client, survey_id, "crosstab", row="fact.deadline", column="overall")
    assert crossed["rows"] == ["met", "not_met"]
    response = await ask(client, survey_id, "means", item="overall", by="fact.weather")
    assert response.json()["code"] == "unknown_field"


async def test_all_facts_of_which_something_is_known_are_shown_by_group(client, survey_database):
    survey_id = await create_study(client, items=ITEMS)
    customers = [uuid4() for _ in range(12)]
    for number, customer in enumerate(customers):
        case = Case(customer).promise(day=-5, met=number % 2 == 0).complete(day=-4)
        await receive(survey_database, *(case.remedy(day=-3) if number < 4 else case).events)
    answers = [{"overall": 1 + number % 5, "speed": 1 + number % 2} for number in range(12)]
    await insert_responses(survey_database, survey_id, answers, customer_id=customers)
    found = await analysed(client, survey_id, "facts", item="overall", by="speed")
    assert [each["fact"] for each in found["facts"]] == [
        "deadline",
        "milestones",
        "first_time_fix",
        "promise",
        "remedy",
    ]
    assert [sum(row["n"] for row in each["rows"]) for each in found["facts"]] == [12] * 5
    assert [group["by"] for group in found["groups"]] == [{"speed": "1"}, {"speed": "2"}]
    promises = [group["facts"][3]["rows"] for group in found["groups"]]
    assert [(rows[0]["n"], rows[1]["n"]) for rows in promises] == [(6, 0), (0, 6)]
    remedy = found["facts"][4]
    assert (remedy["rows"][0]["n"], remedy["fact_bad_word_good"]) == (4, None)


async def test_customers_without_complaints_have_no_facts(client, survey_database):
    survey_id, _ = await study(client, survey_database, {None: [1, 2, 3, 4, 5] * 3})
    response = await ask(client, survey_id, "facts")
    assert (response.status_code, response.json()["code"]) == (409, "no_facts")


async def test_a_reader_who_may_not_read_responses_sees_no_small_cells_and_no_list(app, client, survey_database, clock):
    words = {True: [5] * 12 + [1] * 3 + [3] * 8, False: [1] * 9 + [5] * 6, None: [3] * 20}
    survey_id, _ = await study(client, survey_database, words)
    token = await make_token(survey_database, now=clock.now(), scopes=["surveys:read"])
    async with make_client(app, token) as reader:
        (table,) = (await analysed(reader, survey_id, "facts", **DEADLINE))["facts"]
        response = await ask(reader, survey_id, "facts/disagreements", kind="fact_good_word_bad", **DEADLINE)
    assert response.status_code == 403
    hidden = {"suppressed": True}
    met = counts_of(table["rows"][0])
    assert table["fact_good_word_bad"] == met[0] == hidden
    assert met.count(hidden) >= 2 or table["rows"][0]["n"] == hidden
    assert table["rows"][0]["mean"] == hidden


class TableReader(Attacker):
    """Collects the sets of people that the table of a fact is about, too."""

    async def facts(self, where):
        response = await ask(self.client, self.survey_id, "facts", **DEADLINE, **({"where": where} if where else {}))
        if response.status_code != 200:
            assert response.json()["code"] in {"would_disclose", "no_facts", "no_responses"}
            self.refused += 1
            return
        for row in response.json()["facts"][0]["rows"]:
            members = self._members("overall", where) & self._having("fact.deadline", row["value"])
            if isinstance(row["n"], int) and row["n"]:
                self._add("mean of overall", members, row["n"])
            for word in ("dissatisfied", "neutral", "satisfied"):
                count = row[word]["count"]
                if isinstance(count, int) and count:
                    self._add("count of overall", members & self._having("word", word), count)


async def read_everything(client, database, survey_id, *, rounds, size=90):
    """Ask random questions about a survey of customers, of whom some had a complaint."""
    rng = np.random.default_rng(4)
    people, customers, events = [], [], []
    for _ in range(size):
        is_met, customers = rng.choice([None, True, False]), [*customers, uuid4()]
        events += [] if is_met is None else Case(customers[-1]).complete(day=-1, within=bool(is_met)).events
        person = random_answers(rng)
        word = "dissatisfied" if person["overall"] <= 2 else "neutral" if person["overall"] == 3 else "satisfied"
        value = {None: "unknown", True: "met", False: "not_met"}[is_met]
        people.append(person | {"word": word, "fact.deadline": value})
    await receive(database, *events)
    answers = [{name: value for name, value in person.items() if name not in OWN} for person in people]
    await insert_responses(database, survey_id, answers, customer_id=customers)
    reader = TableReader(client, survey_id, people)
    for _ in range(rounds):
        where = random_condition(rng) if rng.random() < 0.7 else None
        await reader.facts(where)
        await reader.means("overall", where, str(rng.choice(["region", "fact.deadline"])))
        await reader.frequencies("overall", where, None)
    return reader


async def test_no_questions_of_a_reader_isolate_fewer_people_than_the_smallest_group(
    app, client, survey_database, clock
):
    survey_id = await create_study(client)
    token = await make_token(survey_database, now=clock.now(), scopes=["surveys:read"])
    async with make_client(app, token) as reader:
        found = await read_everything(reader, survey_database, survey_id, rounds=15, size=400)
    assert min(found.shown) >= 5
    assert len(found.shown) > 40
    assert found.isolated(5) == []


async def test_without_control_the_same_questions_isolate_people(client, survey_database):
    survey_id = await create_study(client)
    found = await read_everything(client, survey_database, survey_id, rounds=15)
    assert len(found.isolated(5)) > 20


async def test_an_anonymous_survey_has_no_facts_and_no_list(client, survey_database):
    survey_id = await create_study(client, items=ITEMS, anonymous=True, study=STUDY)
    await insert_responses(survey_database, survey_id, [{"overall": 1 + number % 5} for number in range(40)])
    assert (await ask(client, survey_id, "facts")).json()["code"] == "no_facts"
    response = await ask(client, survey_id, "facts/disagreements", kind="fact_good_word_bad", **DEADLINE)
    assert (response.status_code, response.json()["code"]) == (403, "anonymous_survey")


async def test_confidential_complaints_are_unknown_without_their_scope(app, client, survey_database, clock):
    survey_id = await create_study(client, items=ITEMS)
    customers = [uuid4() for _ in range(6)]
    cases = [Case(id_, confidential=number < 2).complete(day=-1) for number, id_ in enumerate(customers)]
    await receive(survey_database, *(event for case in cases for event in case.events))
    await insert_responses(survey_database, survey_id, [{"overall": 1}] * 6, customer_id=customers)
    scopes = ["surveys:read", "responses:read"]
    token = await make_token(survey_database, now=clock.now(), scopes=scopes)
    async with make_client(app, token) as reader:
        for caller, n in ((reader, 4), (client, 6)):
            (table,) = (await analysed(caller, survey_id, "facts", **DEADLINE))["facts"]
            listed = await analysed(caller, survey_id, "facts/disagreements", kind="fact_good_word_bad", **DEADLINE)
            assert (table["fact_good_word_bad"], len(listed["items"])) == (n, n)


async def test_the_table_exists_as_a_file_with_a_row_for_each_value_of_a_fact(client, survey_database):
    survey_id, _ = await study(client, survey_database, random_words())
    path = f"/v1/surveys/{survey_id}/analysis/facts"
    table = await client.get(f"{path}.csv", params=DEADLINE)
    rows = list(csv.DictReader(io.StringIO(table.text.removeprefix("\ufeff"))))
    assert [(row["fact"], row["value"], row["n"]) for row in rows] == [
        ("deadline", value, "60") for value in ("met", "not_met", "unknown")
    ]
