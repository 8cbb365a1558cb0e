"""Values that travel in one text come out as they went in, and what could not is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from heed_common.packed_columns import NULL_MARKER, SEPARATOR, pack_column

values = st.text(alphabet=st.characters(min_codepoint=32, exclude_categories=["Cs"]), min_size=1)


@given(st.lists(values | st.none(), max_size=20))
def test_a_joined_column_comes_apart_into_the_same_values(column):
    sent = pack_column(column)
    assert [None if part == NULL_MARKER else part for part in sent.split(SEPARATOR) if sent] == column


@pytest.mark.parametrize("column", [["a" + SEPARATOR], [SEPARATOR], ["a", SEPARATOR, "b"], [""]])
def test_a_column_that_would_come_apart_otherwise_is_refused(column):
    with pytest.raises(ValueError, match="separator"):
        pack_column(column)


@pytest.mark.asyncio
async def test_postgresql_takes_it_apart(scoring_database):
    column = ['{"a": "\\"é\\\\n"}', None, "客户", "{x,y}", "NULL"]
    async with scoring_database.transaction() as session:
        found = await session.execute(
            text("SELECT unnest(string_to_array(:column, chr(31), chr(30)))"), {"column": pack_column(column)}
        )
        assert list(found.scalars()) == column
        nothing = text("SELECT count(*) FROM unnest(CAST(string_to_array(:column, chr(31), chr(30)) AS uuid[]))")
        assert (await session.execute(nothing, {"column": pack_column([])})).scalar_one() == 0
