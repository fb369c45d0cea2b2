"""A warehouse in one go: what is typed becomes zones and shelves whose codes count up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.shelving import MOST_PLACES, Unreadable, Zone, laid_out, read_zone, read_zones


@pytest.mark.parametrize(
    ("line", "zone"),
    [
        ("A, Audio, 12", Zone("A", "Audio", 12)),
        ("A Audio 12", Zone("A", "Audio", 12)),
        ("A;Audio;12", Zone("A", "Audio", 12)),
        ("B Beleuchtung und Verfolger, 24", Zone("B", "Beleuchtung und Verfolger", 24)),
        ("RIG", Zone("RIG", "Zone RIG", 0)),
        ("K 7", Zone("K", "Zone K", 7)),
        ("C, Audio 2, 5", Zone("C", "Audio 2", 5)),
    ],
)
def test_a_zone_is_read_however_it_is_separated(line: str, zone: Zone) -> None:
    assert read_zone(line) == zone


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "one zone a line"),
        ("A, Audio, 12\na Again, 3", "Zone A stands there twice"),
        ("A, Audio, 501", "is no zone"),
        ("THIRTEENSIGNS Audio", "is no zone"),
        ("\n".join(f"Z{n}, Zone, 250" for n in range(4)), "more than 1000"),
    ],
)
def test_what_cannot_be_meant_is_told(text: str, message: str) -> None:
    with pytest.raises(Unreadable, match=message):
        read_zones(text)


def test_shelves_count_up_inside_their_zone_with_the_prefix_of_the_warehouse() -> None:
    places = laid_out(read_zones("A, Audio, 2\nL, Lighting, 100"), "HH")
    assert [(place.code, place.name, place.zone) for place in places[:3]] == [
        ("HH-A", "Audio", ""), ("HH-A-01", "Audio 01", "HH-A"), ("HH-A-02", "Audio 02", "HH-A"),
    ]  # fmt: skip
    assert [place.code for place in places[3:6]] == ["HH-L", "HH-L-001", "HH-L-002"]


@given(
    st.lists(
        st.tuples(st.from_regex(r"[A-Z]{1,3}", fullmatch=True), st.integers(0, 120)), min_size=1, max_size=8
    )
)
def test_every_code_is_there_once_and_sorts_as_it_counts(zones: list[tuple[str, int]]) -> None:
    distinct = dict(zones)
    places = laid_out([Zone(code, code, shelves) for code, shelves in distinct.items()])
    codes = [place.code for place in places]
    assert len(set(codes)) == len(codes) == sum(distinct.values()) + len(distinct) <= MOST_PLACES
    for code in distinct:
        inside = [place.code for place in places if place.zone == code]
        assert inside == sorted(inside)
