"""A list shows the rows that can be shown: one bad row does not hide the others."""

import logging
from dataclasses import dataclass

from heed_common.cursors import CursorSigner
from heed_common.metrics import Metrics
from heed_common.paging import PageRequest

ROUTE = "/v1/samples/{kind}"


@dataclass
class Sample:
    id: str
    price: str


def page(metrics):
    return PageRequest(CursorSigner(b"k" * 32), "/v1/samples/soft", metrics=metrics, route=ROUTE)


def test_a_row_that_cannot_be_shown_is_left_out_logged_and_counted(caplog):
    metrics = Metrics("samples")
    with caplog.at_level(logging.ERROR):
        shown = page(metrics).show(
            [Sample("bear", "2"), Sample("doll", "two"), Sample("fox", "4")], lambda sample: int(sample.price)
        )
    assert shown == [2, 4]
    assert [(record.row, record.route) for record in caplog.records] == [("doll", ROUTE)]
    assert f'heed_rows_not_shown_total{{route="{ROUTE}",service="samples"}} 1.0' in metrics.render().decode()


def test_a_row_without_an_id_is_logged_by_the_name_that_its_list_gives_it(caplog):
    shown = page(None).show(["two"], int, name=lambda written: f"sample {written}")
    assert shown == []
    assert [record.row for record in caplog.records] == ["sample two"]
