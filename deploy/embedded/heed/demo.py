"""`make demo`: loads CDNOW and 200 days of complaints, fits a model, and shows desk, reports and one complaint."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from heed import cdnow, demo_desk
from heed.settings import Settings
from heed.subprocess_product import ProductProcess

JSON = dict[str, Any]
POLL_SECONDS = 1.0
IDLE_READS = 3
SEED = 7
REPORTS = (
    *("pareto", "trends", "times", "sla-attainment", "resolution-rates", "repurchase-ladder"),
    "fairness",
)
NDJSON = {"Content-Type": "application/x-ndjson"}
MOVES: tuple[JSON, ...] = (
    {"action": "accept"},
    {"action": "contact", "answered_live": True},
    {"action": "commit", "promise": "A replacement today"},
    {"action": "complete", "resolution": "Sent a replacement by courier"},
)


def run(settings: Settings) -> None:
    """Run the demo on a temporary product with a separate data folder."""
    data_dir = settings.data_dir / "demo"
    with ProductProcess(data_dir) as product, product.client() as http:
        _load(http, data_dir / "cdnow.json")
        _fit_model(http)
        _fill_desk(http, data_dir / "desk.json")
        _show_desk(http, data_dir / "pictures")
        _play_complaint(http, _pick_customer(http))
    print(f"\nLook around yourself: HEED_DATA_DIR={data_dir} make run")


def _load(http: httpx.Client, state_file: Path) -> None:
    """Load CDNOW once. The state file stores the shift of the log, so that a second attempt sends the same content."""
    state: JSON = (
        json.loads(state_file.read_text()) if state_file.exists() else {"weeks": cdnow.weeks_until(_now().date())}
    )
    state_file.write_text(json.dumps(state))
    if state.get("loaded"):
        print("CDNOW is loaded already.")
        return
    began = time.perf_counter()
    print("Loading CDNOW: 23,570 customers and their purchases …")
    _import(http, "customers", cdnow.customers())
    _import(http, "purchases", cdnow.purchases(weeks=state["weeks"]))
    _wait_until_scored(http)
    print(f"  all scored after {time.perf_counter() - began:.0f} s")
    state_file.write_text(json.dumps(state | {"loaded": True}))


def _import(http: httpx.Client, kind: str, lines: Iterator[bytes]) -> None:
    accepted = http.post(f"/v1/imports/{kind}", content=lines, headers=NDJSON)
    location = accepted.raise_for_status().headers["Location"]
    progress = _poll(http, location, until=lambda state: state["state"] in ("done", "failed"))
    print(f"  {kind}: {progress['lines']['ok']:,} accepted, {progress['lines']['failed']:,} rejected")


def _wait_until_scored(http: httpx.Client) -> None:
    """Wait until the outbox and the lag of scoring have been empty for a while."""
    idle = 0
    while idle < IDLE_READS:
        time.sleep(POLL_SECONDS)
        waiting = sum(_metric_values(http.get("/metrics").text, "heed_outbox_depth", "heed_consumer_lag"))
        idle = 0 if waiting else idle + 1


def _metric_values(text: str, *names: str) -> Iterator[float]:
    return (float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(names))


def _fit_model(http: httpx.Client) -> None:
    """Fit a model to the purchases of all customers."""
    accepted = http.post("/v1/models:fit", json={"model": "mbg_nbd", "promote": True}).raise_for_status()
    fit = _poll(http, accepted.headers["Location"], until=lambda state: state["state"] != "pending")
    models = http.get("/v1/models").raise_for_status().json()["items"]
    fitted = next((model for model in models if model["version"] == fit["model_version"]), None)
    print(f"\nThe model: {fit['state']}" + (f", {fit['problem']}" if fit["problem"] else ""))
    if fitted:
        _show_model(fitted["version"], fitted["parameters"])


def _show_model(version: str, parameters: JSON) -> None:
    purchase, margin, seen, tiers = (parameters[part] for part in ("purchase", "margin", "population", "tiers"))
    print(f"  {version}, from {seen['customers']:,} customers of whom {seen['repeaters']:,} came back")
    print("  purchases: " + ", ".join(f"{name} {number:.3f}" for name, number in purchase.items()) + " (weeks)")
    print("  margin: " + ", ".join(f"{name} {number:.3f}" for name, number in margin.items()))
    print(f"  tiers: A from {tiers['A']}, B from {tiers['B']} {parameters['money']['currency']}")


def _fill_desk(http: httpx.Client, state_file: Path) -> None:
    """Import the complaints of the last 200 days once. The state file stores the last moment and what is loaded."""
    state: JSON = json.loads(state_file.read_text()) if state_file.exists() else {"until": _now().isoformat()}
    state_file.write_text(json.dumps(state))
    if state.get("loaded"):
        return
    print(f"\nThe desk: {demo_desk.DAYS} days of complaints …")
    began = time.perf_counter()
    for agent, name in demo_desk.AGENTS.items():
        http.put(f"/v1/complaints/agents/{agent}", json={"name": name}, headers={"If-Match": "*"}).raise_for_status()
    active = cdnow.ENDS_ON - timedelta(days=demo_desk.DAYS)
    customers = sorted({f"cdnow-{row.customer}" for row in cdnow.rows() if row.day >= active})
    until = datetime.fromisoformat(state["until"])
    _import(http, "complaints", demo_desk.lines(seed=SEED, until=until, customers=customers))
    _wait_until_scored(http)
    print(f"  in the scores after {time.perf_counter() - began:.0f} s")
    state_file.write_text(json.dumps(state | {"loaded": True}))


def _show_desk(http: httpx.Client, pictures: Path) -> None:
    """Print the head of the queue and the shares of the report, and store the pictures of the reports."""
    queue = http.get("/v1/complaints/queue", params={"limit": 5}).raise_for_status().json()["items"]
    print("\nNext in the queue, by what is expected to be saved in the time that is left")
    for item in queue:
        complaint, saved, currency = item["complaint"], item["expected_value_saved"], item["value_currency"]
        worth = "" if saved is None else f", {saved} {currency} expected to be saved"
        print(f"  {complaint['severity']:8} {complaint['category']:24} {complaint['state']:10}{worth}")
    pictures.mkdir(exist_ok=True)
    for name in REPORTS:
        picture = http.get(f"/v1/complaints/reports/{name}.png").raise_for_status().content
        (pictures / f"{name}.png").write_bytes(picture)
    print(f"  {len(REPORTS)} reports as pictures: {pictures}")


def _pick_customer(http: httpx.Client) -> str:
    """Return a valuable customer who would probably come back."""
    best: list[JSON] = http.get("/v1/scores", params={"limit": 200}).raise_for_status().json()["items"]
    likely = [score for score in best if score["churn_risk"]["probability"] < 0.5] or best
    return str(likely[0]["customer_id"])


def _play_complaint(http: httpx.Client, customer_id: str) -> None:
    print(f"\nOne customer, {customer_id}")
    _show("before", http.get(f"/v1/scores/{customer_id}").raise_for_status().json())
    opened = http.post("/v1/complaints", json=_complaint(customer_id)).raise_for_status()
    _show("complains: the record is scratched, and calls are not answered", _score(http, customer_id, opened))
    for move in MOVES:
        promised = {"promised_by": (_now() + timedelta(hours=6)).isoformat()} if move["action"] == "commit" else {}
        path = f"/v1/complaints/{opened.json()['id']}/transitions"
        moved = http.post(path, json=move | promised).raise_for_status()
    _show("is answered at once, promised a replacement, gets it", _score(http, customer_id, moved))
    _show("is asked, and is very satisfied", _score(http, customer_id, _ask(http, customer_id)))


def _complaint(customer_id: str) -> JSON:
    return {
        "customer_id": customer_id,
        "channel": "phone",
        "category": "product",
        "severity": "major",
        "description": "The record is scratched, and calls are not answered.",
        "occurred_at": (_now() - timedelta(hours=3)).isoformat(),
    }


def _ask(http: httpx.Client, customer_id: str) -> httpx.Response:
    survey = http.post("/v1/surveys", json={"template": "satisfaction"}).raise_for_status().json()
    http.post(f"/v1/surveys/{survey['id']}/publish", json={}).raise_for_status()
    answers = {item["code"]: item["scale"]["highest"] for item in survey["items"]}
    body = {"customer_id": customer_id, "answers": answers}
    return http.post(f"/v1/surveys/{survey['id']}/responses", json=body).raise_for_status()


def _score(http: httpx.Client, customer_id: str, written: httpx.Response) -> JSON:
    """Return the score that includes the event just written, without polling."""
    after = {"after": written.headers["Heed-Event"]}
    response = http.get(f"/v1/scores/{customer_id}", params=after, headers={"Prefer": "wait=30"})
    score: JSON = response.raise_for_status().json()
    return score


def _show(what: str, score: JSON) -> None:
    risk, value, loyalty = score["churn_risk"], score["value"], score["loyalty"]
    print(f"\n  {what}")
    print(f"    churn risk {risk['probability']:.3f} ({risk['band']}), because of: {risk['reason']}")
    print(f"    value {value['amount']} {value['currency']}, loyalty {loyalty['index']}")
    if score["previous"]:
        print(f"    before: risk {score['previous']['churn_risk']:.3f}, caused by {score['caused_by']['type']}")
    for factor in score["explanation"]:
        if factor["score"] == "churn_risk":
            print(f"      {factor['contribution']:+.6f}  {factor['factor']} ({factor['value']})")


def _poll(http: httpx.Client, path: str, *, until: Callable[[JSON], bool]) -> JSON:
    while not until(state := http.get(path).raise_for_status().json()):
        time.sleep(POLL_SECONDS)
    return dict(state)


def _now() -> datetime:
    return datetime.now(UTC)
