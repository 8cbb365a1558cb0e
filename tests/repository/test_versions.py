"""Packages, images and compose files have one version."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MANIFESTS = [
    *ROOT.glob("libs/*/pyproject.toml"),
    *ROOT.glob("services/*/pyproject.toml"),
    ROOT / "deploy/embedded/pyproject.toml",
]
DEFAULT = re.compile(r"HEED_VERSION:-([^}]+)}")
TAG = re.compile(r'name: heed-.* newTag: "([^"]+)"')


def test_all_packages_and_images_have_the_same_version():
    packages = {tomllib.loads(path.read_text())["project"]["version"] for path in MANIFESTS}
    compose = (ROOT / "docker-compose.yml").read_text() + (ROOT / "deploy/compose-test.yml").read_text()
    assert len(MANIFESTS) == 9
    assert len(packages) == 1
    assert set(DEFAULT.findall(compose)) == packages
    tags = [tag for path in ROOT.glob("deploy/k8s/**/kustomization.yaml") for tag in TAG.findall(path.read_text())]
    assert len(tags) >= 10
    assert set(tags) == packages


def test_every_image_of_ours_is_named_with_the_version():
    images = re.findall(r"image: (?:&\S+ )?(heed-\S+)", (ROOT / "docker-compose.yml").read_text())
    assert len(images) == 4
    assert all(DEFAULT.search(image) for image in images)
