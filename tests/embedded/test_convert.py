"""Exports of other systems: the examples of the page become lines that the imports accept, and losses are counted."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from heed.convert import records
from heed.convert.command import convert, read_options
from heed.convert.options import Options
from heed.convert.records import FileUnreadable, read_records
from heed.convert.tickets import MomentUnreadable, parse_moment
from heed_common.contracts.complaint import ComplaintStatus as State
from heed_complaint.intake.imports.lines.schemas import PastComplaintIn
from heed_complaint.intake.imports.past.moves import check_moments
from heed_complaint.lifecycle.transitions import rules
from heed_customer.commerce.purchases.schemas import PurchaseIn
from heed_customer.imports.formats.contact_columns import ImportedCustomer
from heed_customer.imports.formats.parsing import Source, parse_customers

PAGE = (Path(__file__).parents[2] / "docs" / "imports.md").read_text()
NOW = datetime(2026, 12, 1, tzinfo=UTC)
OPTIONS = Options(ZoneInfo("Europe/Paris"), {"carrier": "delivery", "kettle": "product.kettle"})


def example(source):
    (found,) = re.findall(rf"```\w+ {source}\n(.*?)```", PAGE, re.DOTALL)
    return found


def converted(tmp_path, source, content, options=OPTIONS):
    file = tmp_path / "export"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    losses, counts = convert(source, file, tmp_path, options)
    lines = {kind: (tmp_path / f"{kind}.ndjson").read_text().splitlines() for kind in counts}
    return losses, {kind: [json.loads(line) for line in its_lines] for kind, its_lines in lines.items()}


def states(lines):
    """The state of each complaint, whose history must be possible."""
    found = {}
    for line in lines:
        past = PastComplaintIn.model_validate(line).to_domain()
        assert check_moments(past.moves, received_at=past.received_at, now=NOW) is None
        state, paused = State.RECEIVED, False
        for move in past.moves:
            assert move.step.action in rules.allowed(state, paused=paused)
            state, paused = rules.state_after(state, move.step), rules.paused_after(move.step, paused=paused)
        found[line["external_id"]] = (str(state), paused)
    return found


def accepted_customers(lines):
    body = "".join(json.dumps(line) + "\n" for line in lines).encode()
    return [item.value for item in parse_customers(Source(body)) if isinstance(item.value, ImportedCustomer)]


def test_tickets_of_zendesk_become_complaints_with_their_moments(tmp_path):
    losses, lines = converted(tmp_path, "zendesk-tickets", example("zendesk-tickets"))
    assert states(lines["complaints"]) == {
        "zendesk-101": ("closed", False),
        "zendesk-102": ("contacted", True),
        "zendesk-103": ("received", False),
    }
    first = lines["complaints"][0]
    assert (first["severity"], first["category"], first["channel"]) == ("major", "delivery", "mail")
    moves = [(move["action"], move["at"], move["by"]) for move in first["transitions"]]
    assert moves == [
        ("accept", "2026-09-01T07:20:00+00:00", "Ann"),
        ("contact", "2026-09-01T07:35:00+00:00", "Ann"),
        ("complete", "2026-09-03T14:00:00+00:00", "Ann"),
        ("close", "2026-09-08T08:00:00+00:00", "Ann"),
    ]
    assert [customer["external_id"] for customer in lines["customers"]] == ["zendesk-9001", "zendesk-9002"]
    assert len(accepted_customers(lines["customers"])) == 2
    assert losses.skipped == {"status deleted": 1}
    assert losses.fields == {"satisfaction_score": 1}
    assert losses.mapped["status", "closed", "closed"] == 1
    assert "  no counterpart: satisfaction_score, with content in 1" in list(losses.lines())


def test_tickets_of_freshdesk_become_complaints_with_their_moments(tmp_path):
    losses, lines = converted(tmp_path, "freshdesk-tickets", example("freshdesk-tickets"))
    assert states(lines["complaints"]) == {"freshdesk-7": ("closed", False), "freshdesk-8": ("received", False)}
    assert lines["complaints"][0]["category"] == "product.kettle"
    assert len(accepted_customers(lines["customers"])) == 1
    assert losses.fields == {"fr_escalated": 1}


def test_orders_of_shopify_become_purchases_of_several_lines(tmp_path):
    losses, lines = converted(tmp_path, "shopify-orders", example("shopify-orders"))
    (purchase,) = [PurchaseIn.model_validate(line) for line in lines["purchases"]]
    assert [(str(line.quantity), str(line.unit_price)) for line in purchase.lines] == [
        ("2", "15.0000"),
        ("1", "5.0000"),
    ]
    assert purchase.occurred_at == datetime(2026, 9, 1, 14, tzinfo=UTC)
    assert losses.skipped == {"cancelled": 1, "no customer": 1}
    assert losses.notes == {"shipping": 1}
    assert "li.na" not in lines["customers"][0]["external_id"]
    assert len(accepted_customers(lines["customers"])) == 1


def test_orders_of_the_admin_api_name_the_customer_by_number(tmp_path):
    item = {"sku": "CUP", "title": "Cup", "quantity": 2, "price": "9.00", "total_discount": "3.00"}
    order = {"id": 5, "created_at": "2026-09-02T10:00:00-04:00", "currency": "USD", "line_items": [item],
             "customer": {"id": 8, "first_name": "Jo", "last_name": "Park"}, "refunds": [{"id": 1}]}  # fmt: skip
    losses, lines = converted(tmp_path, "shopify-orders", json.dumps({"orders": [order]}))
    assert lines["purchases"][0]["customer_external_id"] == "shopify-8"
    assert lines["purchases"][0]["lines"][0]["unit_price"] == "7.5000"
    assert lines["customers"][0]["name"] == "Jo Park"
    assert losses.notes == {"refunds": 1}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gbk", "utf-16"])
def test_files_of_spreadsheets_are_read(tmp_path, encoding):
    header = "Id;Requester;Requester id;Subject;Status;Created at\r\n"
    row = "1;张伟;7;包裹还没有到，请尽快处理，谢谢您的帮助;Open;2026-09-01 09:00\r\n"
    _, lines = converted(tmp_path, "zendesk-tickets", (header + row * 3).encode(encoding))
    assert lines["customers"][0]["name"] == "张伟"
    assert lines["complaints"][0]["description"].startswith("包裹还没有到")


def test_json_is_streamed_in_pieces(tmp_path, monkeypatch):
    monkeypatch.setattr(records, "PIECE_BYTES", 7)
    tickets = [{"id": number, "text": "ä" * number} for number in range(20)]
    for number, text in enumerate(
        (json.dumps(tickets), json.dumps({"tickets": tickets}), "\n".join(map(json.dumps, tickets)))
    ):
        file = tmp_path / str(number)
        file.write_text(text)
        assert [record for record, _ in read_records(file)] == tickets
    (tmp_path / "broken").write_text(json.dumps(tickets)[:-9])
    with pytest.raises(FileUnreadable):
        list(read_records(tmp_path / "broken"))


@pytest.mark.parametrize(
    ("text", "hour"), [("2026-09-01 10:00", 8), ("2026-09-01T10:00:00Z", 10), ("2026-09-01 10:00:00 -0400", 14)]
)
def test_moments_without_an_offset_are_in_the_zone_of_the_account(text, hour):
    assert parse_moment(text, zone=ZoneInfo("Europe/Paris")) == datetime(2026, 9, 1, hour, tzinfo=UTC)


def test_other_forms_of_moments_are_not_guessed(tmp_path):
    with pytest.raises(MomentUnreadable):
        parse_moment("01/09/2026 10:00", zone=ZoneInfo("UTC"))
    row = "Id,Status,Created at\n1,Open,01/09/2026 10:00\n"
    losses, lines = converted(tmp_path, "zendesk-tickets", row)
    assert (sum(losses.skipped.values()), lines) == (1, {})


def test_categories_come_from_a_file(tmp_path):
    file = tmp_path / "categories.json"
    file.write_text('{"Carrier": "delivery"}')
    options = read_options("Asia/Shanghai", file, default_category="service")
    assert (options.category_of(["x", "carrier"]), options.category_of(["x"])) == ("delivery", "service")
