"""Files of a service have the same few names everywhere; other names are in a pure folder, or in the list below."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.repository.pure_folders import PURE, is_pure

SERVICES = Path(__file__).resolve().parents[2] / "services"
VOCABULARY = frozenset(
    {
        *("__init__", "__main__", "app", "worker", "settings", "reactions", "recovery"),
        *("api", "service", "rules", "repository", "schemas", "errors", "tables", "handlers", "jobs", "texts", "plot"),
    }
)
IMPURE = {"sqlalchemy", "asyncpg", "fastapi", "starlette", "httpx", "asyncio", "heed_common.database"}
NAMED = {
    "heed_complaint/correspondence/delivery": {"events", "recipients"},
    "heed_complaint/correspondence/timers": {"events"},
    "heed_complaint/correspondence/updates": {"events"},
    "heed_complaint/core": {"visibility", "attachments", "visibility_guard", "condition_fields"},
    "heed_complaint/core/customers": {"families"},
    "heed_complaint/grouping/incidents": {"bulk_actions", "bulk", "membership"},
    "heed_complaint/intake": {"retention"},
    "heed_complaint/intake/html": {"error_texts", "layout", "elements"},
    "heed_complaint/intake/imports": {"results"},
    "heed_complaint/intake/imports/recording": {"checks", "rows"},
    "heed_complaint/intake/public_access": {"dependencies"},
    "heed_complaint/intake/status_links": {"views"},
    "heed_complaint/intake/web_form": {"views"},
    "heed_complaint/lifecycle/merges": {"receipt_times"},
    "heed_complaint/lifecycle/opening": {"batch"},
    "heed_complaint/reporting/reports": {
        *("query", "plots", "plot_parts", "export", "dependencies", "summary", "palette"),
    },
    "heed_complaint/resolution": {"payable"},
    "heed_complaint/resolution/checklists": {"facts"},
    "heed_complaint/resolution/guarantees": {"payouts"},
    "heed_complaint/resolution/playbooks": {"defaults"},
    "heed_complaint/resolution/remedies": {"events"},
    "heed_complaint/sla": {"case"},
    "heed_complaint/sla/api": {"deadlines", "agreements", "parameters", "policies", "calendars"},
    "heed_complaint/sla/replanning": {"dry_run"},
    "heed_complaint/sla/terms": {"resolver", "merge_layers"},
    "heed_complaint/sla/terms/calendars": {"cache"},
    "heed_complaint/workforce": {"four_eyes"},
    "heed_complaint/workforce/assignment": {"candidates"},
    "heed_complaint/workforce/staff": {"availability"},
    "heed_customer": {"item_results", "commands"},
    "heed_complaint": {"commands"},
    "heed_survey": {"commands"},
    "heed_complaint/core/contacts": {"content"},
    "heed_complaint/intake/email": {"content"},
    "heed_complaint/lifecycle/messages": {"content"},
    "heed_complaint/lifecycle/notifications": {"reply_key"},
    "heed_customer/records/customers": {"upserts", "identity", "names", "batch"},
    "heed_customer/accounts/classification": {"defaults", "facts"},
    "heed_customer/accounts/sensitive_fields": {"content", "rotation"},
    "heed_customer/imports": {"upload"},
    "heed_customer/timeline/replay": {"command"},
    "heed_customer/imports/processing": {"customers", "gathering", "job", "retention", "ordering"},
    "heed_customer/commerce/purchases": {"batch", "grouped_posts"},
    "heed_customer/commerce/interactions": {"grouped_posts"},
    "heed_customer/commerce/returns": {"grouped_posts"},
    "heed_survey/responses/bulk": {"grouped_posts"},
    "heed_customer/reach": {"retention"},
    "heed_customer/subscriptions": {"retention"},
    "heed_customer/subscriptions/delivery": {"endpoint", "gaps", "queues", "sender"},
    "heed_customer/subscriptions/endpoints": {"signing"},
    "heed_customer/subscriptions/events": {"cursors", "http_streams"},
    "heed_customer/reach/consents": {"evidence", "rotation"},
    "heed_customer/reach/contacts": {"addresses", "content", "rotation"},
    "heed_customer/reach/permits": {"facts", "in_process", "quiet_hours"},
    "heed_customer/reach/preferences": {"dependencies", "views"},
    "heed_scoring/identities": {"alias_graph", "customer_row", "locked_batch", "merged_facts"},
    "heed_scoring/insights/loyalty_weights": {"labels"},
    "heed_scoring/insights/portfolio": {
        *("value_at_risk", "cohort_retention", "current_model", "leaky_bucket", "report_period", "migration"),
        *("clusters", "fitted", "value_pyramid", "periods", "rfm"),
    },
    "heed_scoring/insights/portfolio/plots": {
        *("pyramid", "migration", "at_risk", "clusters", "retention", "bucket", "rfm"),
    },
    "heed_scoring/insights/what_if": {"differences"},
    "heed_scoring/models": {"subprocess_pool"},
    "heed_scoring/models/challenger": {"challenger"},
    "heed_scoring/models/fitting": {
        *("currency_change", "portfolio_snapshot", "reference_population", "schedule", "fitting", "purchase_log"),
    },
    "heed_scoring/models/outcomes": {"point_in_time", "feature_table"},
    "heed_scoring/models/versions": {"interval"},
    "heed_scoring/rebuild": {
        *("replay", "report", "state_hash", "read_topics", "swap", "comparison", "command", "refold"),
        "snapshot",
    },
    "heed_scoring/scores": {
        *("bulk_repository", "read_your_writes", "family_repair", "daily_refresh", "publication", "score_document"),
        "score_events",
    },
    "heed_scoring/scores/confidentiality": {"auth"},
    "heed_scoring/time_zone": {"http"},
    "heed_survey/analysis": {"capacity", "dependencies", "export", "query"},
    "heed_survey/analysis/plots": {"drawing", "matrix", "rows"},
    "heed_survey/customers/frame/replay": {"command"},
    "heed_survey/responses": {"answers", "cells", "encoding", "events"},
    "heed_survey/responses/anonymous": {"content"},
    "heed_survey/surveys/wording": {"lexicon"},
    "heed_survey/collection": {"retention"},
    "heed_survey/collection/imports": {"chunks", "content"},
    "heed_survey/collection/web_form": {"dependencies", "form_tokens", "views"},
    "heed_survey/sampling/samples": {"drawing", "frame"},
    "heed_survey/surveys": {"quotas"},
}
"""One subject each that no name of the vocabulary fits. Look at the vocabulary first before you add one."""


def files() -> Iterator[tuple[str, Path]]:
    """Yield each module with its folder below the service."""
    for path in sorted(SERVICES.rglob("*.py")):
        if "migrations" not in path.parts:
            yield path.parent.relative_to(SERVICES).as_posix().split("/", 1)[1], path


def test_file_names_are_of_the_vocabulary_or_explained():
    found = {
        f"{folder}/{path.name}"
        for folder, path in files()
        if path.stem not in VOCABULARY and not is_pure(folder) and path.stem not in NAMED.get(folder, ())
    }
    assert found == set()


def test_every_explained_name_exists():
    existing = {(folder, path.stem) for folder, path in files()}
    assert {(folder, name) for folder, names in NAMED.items() for name in names} - existing == set()


@pytest.mark.parametrize("pure", sorted(PURE))
def test_pure_folders_do_no_input_or_output(pure):
    checked, found = 0, []
    for folder, path in files():
        if folder == pure or folder.startswith(f"{pure}/"):
            checked += 1
            for node in ast.walk(ast.parse(path.read_text())):
                names = [node.module] if isinstance(node, ast.ImportFrom) else []
                names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                impure = [name for name in names if name in IMPURE or name.split(".")[0] in IMPURE]
                if impure or isinstance(node, ast.AsyncFunctionDef):
                    found.append(f"{path.relative_to(SERVICES)}:{node.lineno} {impure}")
    assert checked > 1
    assert found == []
