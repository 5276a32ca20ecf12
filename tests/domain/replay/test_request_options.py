"""A manner is kept as JSON and read back to an equal value, whatever bytes it holds."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from inspector.domain.replay.request_options import Edit, RequestOptions

headers = st.none() | st.lists(st.tuples(st.binary(max_size=6), st.binary(max_size=6))).map(tuple)
edits = st.builds(
    Edit, method=st.none() | st.text(max_size=6), headers=headers, body=st.none() | st.binary(max_size=30)
)


@given(
    st.builds(
        RequestOptions,
        edit=edits,
        sign_with=st.none() | st.text(max_size=6),
        is_resigning_unverified=st.booleans(),
        has_marker=st.booleans(),
        is_following_redirects=st.booleans(),
    )
)
def test_any_manner_survives_json(manner: RequestOptions) -> None:
    assert RequestOptions.from_options(json.loads(json.dumps(manner.as_options()))) == manner


def test_what_an_older_version_did_not_write_is_not_set() -> None:
    assert RequestOptions.from_options({}) == RequestOptions()
