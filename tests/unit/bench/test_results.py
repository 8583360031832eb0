"""results.json has one form for every part, and a ratio above 1 always means that ours is better."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.bench import queue_events
from tests.bench.api_reads import PHASES, api_part
from tests.bench.drawings import drawings
from tests.bench.end_to_end_report import end_to_end_part
from tests.bench.gateway.contestants import CONTESTANTS as GATEWAYS
from tests.bench.gateway.report import gateway_parts
from tests.bench.gateway.scenarios import ALL_READ, BURSTS, SINGLES, SOME_STUCK
from tests.bench.queue_report import Figures, parts
from tests.bench.receiver_contestants import CONTESTANTS as RECEIVERS
from tests.bench.report import receiver_part
from tests.bench.results import PARTS, Results, part

RATES = st.floats(min_value=0.1, max_value=1e6)


@pytest.fixture
def results() -> Results:
    """All parts of made-up figures: those of the first contestant are ours."""
    scenarios = (*SINGLES, *BURSTS, ALL_READ, SOME_STUCK)
    gateway = {f"{one.key}_{what}": 5.0 for one in scenarios for what in ("cpu_us", "p50_ms", "p99_ms", "missing")}
    gateway |= {"memory_bytes": 2048.0, "handshake_cpu_us": 9.0, "stuck_bytes": 1.0, "stuck_cut_off": 1.0}
    measures = ("requests_per_second", "p50_ms", "p99_ms", "server_cpu_us", "broker_cpu_us", "cpu_us")
    rates = {"1": {"jobs_per_second": 10.0, "events_per_second": 20.0}}
    names = (queue_events.OURS, queue_events.NODE, queue_events.LIMIT)
    latencies = {"p50_ms": 5.0, "p99_ms": 20.0, "p999_ms": 30.0, "by_second": [{"p50": 5.0, "p99": 20.0}]}
    return {
        **receiver_part({one.key: dict.fromkeys(measures, 7.0) for one in RECEIVERS}),
        **parts(Figures({"Prosa, batches of 10": rates, "a peer": rates}, dict.fromkeys(names, rates), {"last": 3.0})),
        **gateway_parts({one.name: gateway for one in GATEWAYS}, send_cpu_us=4.0),
        **end_to_end_part(latencies, sync_us=500.0),
        **api_part({phase: {"p99_ms": 1.0} for phase in PHASES}),
    }


def test_every_part_has_one_form(results: Results) -> None:
    """A figure of ours, those of the others by name, the ratio, the limit and the unit; and JSON can hold it."""
    assert set(PARTS) <= set(results)
    for one in json.loads(json.dumps(results)).values():
        assert set(one) == {"ours", "peers", "ratio_to_best_peer", "limit", "unit", "detail"}
        assert isinstance(one["ours"], int | float)
        assert all(isinstance(figure, int | float) for figure in one["peers"].values())
        assert (one["ratio_to_best_peer"] is None) == (not one["peers"])
        assert one["limit"] is None or one["limit"] > 0
        assert one["unit"]


def test_what_is_measured_beside_others_has_peers(results: Results) -> None:
    """Only latencies through the whole product and the API's have none."""
    alone = {name for name in PARTS if not results[name]["peers"]}

    assert alone == {"end_to_end", "api"}


def test_the_limit_is_no_peer(results: Results) -> None:
    """What promises nothing is not among those that ours is compared with."""
    assert not {name for one in results.values() for name in one["peers"] if "limit" in name}
    assert results["pipeline"]["limit"] == 20.0
    assert results["receiver"]["limit"] == 7.0
    assert results["end_to_end"]["limit"] == 1.5
    assert results["gateway"]["limit"] == 250_000


def test_all_plots_of_a_full_run_are_drawn(results: Results) -> None:
    """Each part has one, named as the page names it."""
    assert {"receiver.svg", "queue.svg", "pipeline.svg", "gateway.svg", "end-to-end.svg", "api.svg"} <= set(
        drawings(results)
    )


@settings(max_examples=40)
@given(ours=RATES, peers=st.dictionaries(st.sampled_from("abc"), RATES, min_size=1))
def test_the_ratio_is_above_one_where_ours_is_better_than_all(ours: float, peers: dict[str, float]) -> None:
    """Where more is better and where less is."""
    more, less = (part(ours, "x", peers=peers, better=better)["ratio_to_best_peer"] for better in ("more", "less"))

    assert more == pytest.approx(ours / max(peers.values()), abs=0.006)
    assert less == pytest.approx(min(peers.values()) / ours, abs=0.006)
