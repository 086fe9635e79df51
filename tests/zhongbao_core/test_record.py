"""Records behave like the frozen, slotted dataclasses that type checkers take them for."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhongbao_core import record
from zhongbao_core.approval.subject import Target


class _Pair:
    """Two numbers and some words."""

    first: int
    second: int = 2
    words: list[str] = record.field(default_factory=list)

    @property
    def total(self) -> int:
        return self.first + self.second

    def __post_init__(self) -> None:
        if self.first < 0:
            raise ValueError("negative")


Light: Any = record.dataclass(frozen=True, slots=True, order=True)(_Pair)


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class Real:
    first: int
    second: int = 2
    words: list[str] = dataclasses.field(default_factory=list)


def test_defaults_are_filled_and_factories_make_a_new_value_each_time() -> None:
    one, two = Light(1), Light(1)
    assert (one.first, one.second, one.words, one.total) == (1, 2, [], 3)
    assert one.words is not two.words and one == two


def test_what_post_init_refuses_does_not_exist() -> None:
    with pytest.raises(ValueError, match="negative"):
        Light(-1)


@pytest.mark.parametrize("call", [lambda c: c(), lambda c: c(1, 2, [], 4), lambda c: c(1, third=3)])
def test_wrong_arguments_are_a_type_error_as_with_dataclasses(call: Any) -> None:
    for kind in (Light, Real):
        with pytest.raises(TypeError):
            call(kind)


def test_nothing_can_be_changed_added_or_deleted() -> None:
    one = Light(1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.first = 2
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.other = 2
    with pytest.raises(dataclasses.FrozenInstanceError):
        del one.first
    assert not hasattr(one, "__dict__")


def test_dataclasses_replace_fields_and_asdict_work_on_instance_and_class() -> None:
    one = Light(1)
    assert [item.name for item in dataclasses.fields(one)] == ["first", "second", "words"]
    assert [item.name for item in dataclasses.fields(Light)] == ["first", "second", "words"]
    assert dataclasses.replace(one, second=5) == Light(1, 5)
    assert dataclasses.asdict(one) == {"first": 1, "second": 2, "words": []}
    assert dataclasses.is_dataclass(Light)


def test_signature_and_match_arguments_are_those_of_the_fields() -> None:
    assert list(inspect.signature(Light).parameters) == ["first", "second", "words"]
    match Light(1, 7):
        case Light(first, second):
            assert (first, second) == (1, 7)


@given(st.tuples(st.integers(0), st.integers()), st.tuples(st.integers(0), st.integers()))
def test_equality_order_and_repr_are_those_of_a_dataclass(left: tuple[int, int], right: tuple[int, int]) -> None:
    light, real = (Light(*left), Light(*right)), (Real(*left), Real(*right))
    assert (light[0] == light[1]) == (real[0] == real[1])
    assert (light[0] < light[1], light[0] >= light[1]) == (real[0] < real[1], real[0] >= real[1])
    assert repr(light[0]).partition("(")[2] == repr(real[0]).partition("(")[2]


def test_a_record_equals_no_record_of_another_class_and_has_no_order_with_it() -> None:
    assert Light(1) != Real(1)
    with pytest.raises(TypeError):
        _ = Light(1) < Real(1)


def test_records_hash_copy_and_pickle() -> None:
    target = Target("portal", "prod")
    assert len({target, Target("portal", "prod")}) == 1
    assert copy.copy(target) == copy.deepcopy(target) == pickle.loads(pickle.dumps(target)) == target  # noqa: S301


def test_only_frozen_slotted_classes_without_bases_are_made() -> None:
    with pytest.raises(TypeError):
        record.dataclass(frozen=False)

    class Child(dict):  # type: ignore[type-arg]
        pass

    with pytest.raises(TypeError):
        record.dataclass(frozen=True)(Child)


def test_an_unknown_attribute_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError):
        _ = Light(1).nothing
    with pytest.raises(AttributeError):
        _ = Light.nothing


class Light3(record.NamedTuple):
    """Three."""

    first: int
    second: dict[str, int]
    third: str = "3"

    @property
    def both(self) -> str:
        return f"{self.first}{self.third}"


class Real3(NamedTuple):
    first: int
    second: dict[str, int]
    third: str = "3"


def test_a_light_named_tuple_is_a_named_tuple() -> None:
    light: Any = Light3
    one = light(1, {})
    assert (one, one.both, one._fields, one._field_defaults) == (
        (1, {}, "3"),
        "13",
        Real3._fields,
        Real3._field_defaults,
    )
    assert one._replace(first=2) == light(2, {}) and one._asdict() == Real3(1, {})._asdict()
    assert repr(one).partition("(")[2] == repr(Real3(1, {})).partition("(")[2]
    assert pickle.loads(pickle.dumps(one)) == one  # noqa: S301
    assert light.__doc__ == "Three." and list(light.__annotations__) == list(Real3.__annotations__)
    with pytest.raises(TypeError):
        light(1)
    with pytest.raises(AttributeError):
        one.first = 2


def test_a_named_tuple_with_a_default_before_a_field_without_is_refused() -> None:
    with pytest.raises(TypeError):

        class Wrong(record.NamedTuple):
            first: int = 1
            second: int
