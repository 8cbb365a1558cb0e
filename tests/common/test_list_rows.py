"""A list shows what it can: one bad row costs nobody the others."""

import logging
from dataclasses import dataclass

from heed_common.cursors import CursorSigner
from heed_common.metrics import Metrics
from heed_common.paging import PageRequest

ROUTE = "/v1/toys/{kind}"


@dataclass
class Toy:
    id: str
    price: str


def page(metrics):
    return PageRequest(CursorSigner(b"k" * 32), "/v1/toys/soft", metrics=metrics, route=ROUTE)


def test_a_row_that_cannot_be_shown_is_left_out_logged_and_counted(caplog):
    metrics = Metrics("toys")
    with caplog.at_level(logging.ERROR):
        shown = page(metrics).show([Toy("bear", "2"), Toy("doll", "two"), Toy("fox", "4")], lambda toy: int(toy.price))
    assert shown == [2, 4]
    assert [(record.row, record.route) for record in caplog.records] == [("doll", ROUTE)]
    assert f'heed_rows_not_shown_total{{route="{ROUTE}",service="toys"}} 1.0' in metrics.render().decode()


def test_a_row_without_an_id_is_logged_by_the_name_that_its_list_gives_it(caplog):
    shown = page(None).show(["two"], int, name=lambda written: f"toy {written}")
    assert shown == []
    assert [record.row for record in caplog.records] == ["toy two"]
