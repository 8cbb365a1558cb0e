"""Analyses of large surveys leave room for everything else."""

import asyncio
from threading import Barrier, Event, Lock
from time import thread_time

import numpy as np
import pytest
from sqlalchemy import text
from starlette.requests import Request

from heed_common.http.client_connection import ClientDisconnected, while_connected
from heed_survey.analysis.capacity import Capacity
from heed_survey.analysis.errors import AnalysisTooLarge, TooManyAnalyses
from tests.survey.analysis.studies import analysed, ask, create_study, insert_responses, random_answers

TIMEOUT_SECONDS = 30

pytestmark = pytest.mark.asyncio
MAX_BLOCKED_SECONDS = 0.25
MULTIPLY = text("""
    INSERT INTO response (id, event_id, survey_id, survey_version, answers, encoded, answered_at, received_at)
    SELECT gen_random_uuid(), event_id, survey_id, survey_version, '{}', encoded, answered_at, received_at
    FROM response, generate_series(1, CAST(:copies AS int))
""")


def make_capacity(**changes):
    return Capacity(**({"slots": 2, "wait_seconds": 600, "seconds": 600, "max_responses": 1000} | changes))


class Counter:
    """Counts how many computations run at one time. Each waits for another one, as long as there may be one."""

    def __init__(self, *, parties=1):
        self.lock, self.running, self.most, self.total = Lock(), 0, 0, 0
        self.together = Barrier(parties)

    def compute(self):
        with self.lock:
            self.running += 1
            self.total += 1
            self.most = max(self.most, self.running)
        self.together.wait(TIMEOUT_SECONDS)
        with self.lock:
            self.running -= 1


async def test_only_so_many_analyses_run_at_one_time():
    capacity, counter = make_capacity(slots=2), Counter(parties=2)

    async def analyse():
        async with capacity.slot():
            await capacity.compute(counter.compute)

    await asyncio.gather(*(analyse() for _ in range(20)))
    assert (counter.most, counter.total) == (2, 20)


async def test_one_that_gets_no_turn_is_refused_for_some_seconds():
    capacity = make_capacity(slots=1, wait_seconds=0)
    async with capacity.slot():
        with pytest.raises(TooManyAnalyses) as refusal:
            async with capacity.slot():
                pass
    assert refusal.value.status == 503
    assert int(refusal.value.headers["Retry-After"]) > 0
    async with capacity.slot():
        pass


async def test_an_analysis_that_takes_too_long_ends_with_a_problem():
    capacity = make_capacity(slots=1, seconds=0.01)
    with pytest.raises(AnalysisTooLarge):
        async with capacity.slot():
            await asyncio.sleep(600)
    async with capacity.slot() as deadline:
        deadline.check()


async def test_a_computation_whose_request_ended_stops_at_its_next_step():
    capacity, has_begun, goes_on = make_capacity(), Event(), Event()
    stopped = []

    def compute(deadline):
        has_begun.set()
        goes_on.wait(60)
        try:
            deadline.check()
        except AnalysisTooLarge:
            stopped.append(True)

    async def analyse():
        async with capacity.slot() as deadline:
            await capacity.compute(lambda: compute(deadline))

    task = asyncio.create_task(analyse())
    await asyncio.to_thread(has_begun.wait, 60)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    goes_on.set()
    # Both threads are free again when as many computations have met in them.
    together = asyncio.gather(*(capacity.compute(lambda: None) for _ in range(2)))
    await together
    await asyncio.to_thread(capacity._threads.shutdown)
    assert stopped == [True]


async def test_work_ends_when_its_client_goes_away():
    began, ended = asyncio.Event(), []

    async def work():
        began.set()
        try:
            await asyncio.sleep(600)
        finally:
            ended.append(True)

    async def receive():
        await began.wait()
        return {"type": "http.disconnect"}

    with pytest.raises(ClientDisconnected):
        await while_connected(Request({"type": "http"}, receive), work())
    assert ended == [True]


async def test_a_client_that_stays_gets_the_result():
    messages = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive():
        return messages.pop() if messages else await asyncio.Event().wait()

    async def work():
        await asyncio.sleep(0)
        return 42

    assert await while_connected(Request({"type": "http"}, receive), work()) == 42


async def test_an_analysis_beyond_the_limit_is_a_problem_over_http(app, client, survey_database):
    survey_id = await create_study(client)
    rng = np.random.default_rng(7)
    await insert_responses(survey_database, survey_id, [random_answers(rng) for _ in range(20)])
    app.state.analyses = make_capacity(max_responses=19)
    problem = await ask(client, survey_id, "means", item="overall")
    assert (problem.status_code, problem.json()["code"]) == (422, "analysis_too_large")
    app.state.analyses = make_capacity(slots=1, wait_seconds=0)
    async with app.state.analyses.slot():
        problem = await ask(client, survey_id, "means", item="overall")
    assert (problem.status_code, problem.json()["code"]) == (503, "too_many_analyses")
    assert "Retry-After" in problem.headers
    await analysed(client, survey_id, "means", item="overall")


async def test_twenty_analyses_at_once_leave_the_event_loop_to_others(app, client, survey_database, repetitions):
    """The loop's own processor time between two ticks is what others wait for, on a busy machine, too."""
    survey_id = await create_study(client)
    rng = np.random.default_rng(7)
    people = [random_answers(rng) for _ in range(500)]
    await insert_responses(survey_database, survey_id, people)
    async with survey_database.transaction() as session:
        copies = repetitions(quick=40, full=400)
        await session.execute(MULTIPLY, {"copies": copies - 1})
    app.state.analyses = make_capacity(slots=2, max_responses=1_000_000)
    longest, ended = 0.0, asyncio.Event()

    async def tick():
        nonlocal longest
        while not ended.is_set():
            before = thread_time()
            await asyncio.sleep(0.002)
            longest = max(longest, thread_time() - before)

    ticking = asyncio.create_task(tick())
    names = [("index", {}), ("nps", {}), ("means", {"item": "overall"}), ("frequencies", {"item": "seen"})]
    calls = [names[number % len(names)] for number in range(20)]
    responses = await asyncio.gather(
        *(ask(client, survey_id, name, by="region", **params) for name, params in calls),
        *(client.get("/livez") for _ in range(20)),
    )
    ended.set()
    await ticking
    assert [response.status_code for response in responses] == [200] * 40
    assert responses[0].json()["as_of_responses"] == 500 * copies
    assert longest < MAX_BLOCKED_SECONDS
