"""Names as searches and sorted lists need them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_common.text import normalize_for_comparison
from heed_customer.records.customers.names import MAX_READINGS, search_text, sort_name


@pytest.mark.parametrize(
    ("name", "readings"),
    [
        ("王小明", ["wangxiaoming", "wxm"]),
        ("单雄信", ["shanxiongxin", "danxiongxin", "sxx"]),
        ("曾国藩", ["zengguofan", "cengguofan"]),
        ("解小龙", ["xiexiaolong", "jiexiaolong"]),
        ("尉迟恭", ["yuchigong"]),
        ("吕布", ["lvbu", "lubu"]),
        ("欧阳重乐", ["ouyangzhongle", "ouyangchongyue"]),
        ("重庆银行", ["chongqingyinhang"]),
        ("北京市朝阳区小面有限公司", ["beijingshichaoyangquxiaomianyouxiangongsi"]),
        ("Ana 李", ["li"]),
        ("Ana Lima", []),
    ],
)
def test_a_chinese_name_is_found_by_its_plausible_readings(name, readings):
    lines = search_text(name, "K-7").split("\n")
    assert lines[:2] == [normalize_for_comparison(name), "k-7"]
    assert set(readings) <= set(lines[2:])
    assert bool(lines[2:]) is bool(readings)


def test_names_are_sorted_by_their_reading_among_those_in_latin_letters():
    names = ["张三", "Li Wei", "曾国藩", "Zoe", "Álvaro", "单雄信", "安娜"]
    assert sorted(names, key=sort_name) == ["Álvaro", "安娜", "Li Wei", "单雄信", "曾国藩", "张三", "Zoe"]


@given(st.text(st.characters(codec="utf-8", categories=("L", "N", "Z")), max_size=60))
def test_every_name_has_bounded_columns_that_begin_with_its_normal_form(name):
    lines = search_text(name, None).split("\n")
    assert lines[0] == normalize_for_comparison(name)
    assert len(lines) <= 2 + 2 * MAX_READINGS
    assert len(sort_name(name)) <= 200


RARE = "\U0003238a\U00030000"
"""Ideographs of names, of which dictionaries have no reading."""


@given(st.text(st.sampled_from(f"{RARE}张伟a é\U000f0000😀"), max_size=8))
def test_characters_without_a_known_reading_are_their_own(name):
    chinese = [character for character in name if character in f"{RARE}张伟"]
    lines = search_text(name, None).split("\n")
    if chinese:
        assert lines[-1] == "".join({"张": "z", "伟": "w"}.get(character, character) for character in chinese)
    assert sort_name(name).endswith(normalize_for_comparison(name))


def test_a_name_of_many_readings_has_a_bounded_number_of_them():
    assert len(search_text("重乐单解", None).split("\n")) <= 2 + 2 * MAX_READINGS
