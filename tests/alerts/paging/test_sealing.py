"""What is sealed opens again in its own place, with its own key, unchanged, and nowhere else."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.sealing import Sealer, Unsealable

ONE, TWO = b"1" * 32, b"2" * 32


@given(st.text())
def test_it_opens_again(text: str) -> None:
    sealer = Sealer([("one", ONE)])
    sealed = sealer.seal(text, purpose="here")
    assert sealer.open(sealed, purpose="here") == text
    assert not text or text.encode() not in sealed or len(text) < 3


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_no_byte_can_be_changed(position: int, change: int) -> None:
    sealer = Sealer([("one", ONE)])
    sealed = bytearray(sealer.seal("wecombot://secret", purpose="here"))
    sealed[position % len(sealed)] ^= change
    with pytest.raises(Unsealable):
        sealer.open(bytes(sealed), purpose="here")


@given(st.binary(max_size=60))
def test_other_bytes_are_no_seal(data: bytes) -> None:
    with pytest.raises(Unsealable):
        Sealer([("one", ONE)]).open(data, purpose="here")


def test_a_seal_belongs_to_its_place() -> None:
    sealer = Sealer([("one", ONE)])
    with pytest.raises(Unsealable):
        sealer.open(sealer.seal("x", purpose="here"), purpose="there")


def test_two_seals_of_one_text_differ() -> None:
    sealer = Sealer([("one", ONE)])
    assert sealer.seal("x", purpose="p") != sealer.seal("x", purpose="p")


def test_keys_are_replaced_one_by_one() -> None:
    old, both, new = Sealer([("a", ONE)]), Sealer([("b", TWO), ("a", ONE)]), Sealer([("b", TWO)])
    sealed = old.seal("x", purpose="p")
    assert both.open(sealed, purpose="p") == "x"
    assert both.needs_resealing(sealed)
    with pytest.raises(Unsealable, match="'a'"):
        new.open(sealed, purpose="p")
    again = both.seal("x", purpose="p")
    assert not both.needs_resealing(again)
    assert new.open(again, purpose="p") == "x"


def test_fingerprints_find_equal_texts_of_one_purpose() -> None:
    sealer = Sealer([("b", TWO), ("a", ONE)])
    assert sealer.fingerprint("x", purpose="p") == sealer.fingerprint("x", purpose="p")
    assert sealer.fingerprint("x", purpose="p") != sealer.fingerprint("x", purpose="q")
    assert Sealer([("a", ONE)]).fingerprint("x", purpose="p") in sealer.fingerprints("x", purpose="p")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a:",
        ":" + base64.b64encode(ONE).decode(),
        "a:short",
        "a:!!!",
        "a:" + base64.b64encode(b"1" * 16).decode(),
    ],
)
def test_settings_that_are_no_keys(text: str) -> None:
    with pytest.raises(ValueError, match="key"):
        Sealer.parse(text)


def test_settings_with_two_keys() -> None:
    one, two = base64.b64encode(ONE).decode(), base64.b64encode(TWO).decode()
    sealer = Sealer.parse(f"b:{two}, a:{one}")
    assert sealer.open(Sealer([("a", ONE)]).seal("x", purpose="p"), purpose="p") == "x"
    with pytest.raises(ValueError, match="same id"):
        Sealer.parse(f"a:{two},a:{one}")
