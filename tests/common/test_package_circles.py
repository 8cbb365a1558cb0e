"""Packages of a service import one another in one direction only."""

from pathlib import Path

import pytest

from tests.package_circles import find_circle, import_graph, main

SERVICES = Path("services")
ROOTS = {root.name: root for root in SERVICES.glob("*/heed_*") if (root / "__init__.py").exists()}


def write(root, **modules):
    for name, source in modules.items():
        path = root / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    return root


def test_packages_that_import_each_other_are_a_circle(tmp_path):
    root = write(
        tmp_path / "shop",
        sales__service="from shop.stock import service",
        stock__service="from shop.stock import rules",
        stock__rules="from shop.sales.service import sell",
    )
    assert sorted(set(find_circle(import_graph(root, depth=1)))) == ["sales", "stock"]


def test_modules_of_one_package_may_import_each_other(tmp_path):
    root = write(
        tmp_path / "shop",
        app="from shop.sales import service",
        sales__service="from shop.sales.rules import price",
        sales__rules="from shop.sales import service",
    )
    assert find_circle(import_graph(root, depth=1)) == []


def test_a_circle_between_features_of_one_district_is_found_at_depth_two(tmp_path):
    root = write(
        tmp_path / "shop",
        sales__offers__service="from shop.sales.orders import service",
        sales__orders__service="from shop.sales.offers.rules import price",
        sales__offers__rules="",
    )
    assert find_circle(import_graph(root, depth=1)) == []
    assert sorted(set(find_circle(import_graph(root, depth=2)))) == ["sales.offers", "sales.orders"]


@pytest.mark.parametrize("service", sorted(ROOTS))
def test_districts_of_a_service_have_no_circles(service):
    graph = import_graph(ROOTS[service], depth=1)
    assert graph
    assert find_circle(graph) == []


@pytest.mark.parametrize("service", sorted(ROOTS))
def test_features_of_a_service_have_no_circles(service):
    graph = import_graph(ROOTS[service], depth=2)
    assert graph
    assert find_circle(graph) == []


def test_the_command_names_the_circle_and_fails(capsys, monkeypatch, tmp_path):
    write(tmp_path / "services/shop/heed_shop", a__x="from heed_shop.b import y", b__y="from heed_shop.a import x")
    monkeypatch.chdir(tmp_path)
    assert main(["heed_shop"]) == 1
    assert "depth 1: a -> b -> a" in capsys.readouterr().out


def test_an_unknown_service_is_an_error():
    with pytest.raises(SystemExit, match="no such service"):
        main(["heed_nothing"])
