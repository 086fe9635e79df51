"""Frozen, slotted dataclasses that cost a door almost nothing to define.

``dataclasses`` writes and compiles six functions for each class and imports ``inspect``: some 50 ms for the types on
a gate's path, three times the start of Python. ``dataclass`` here is used instead by the modules on that path::

    if TYPE_CHECKING:
        from dataclasses import dataclass, field
    else:
        from zhongbao_core.record import dataclass, field

``NamedTuple`` likewise. Type checkers see the real thing. At run time a record behaves like ``dataclass(frozen=True, slots=True)``: its
``__init__`` is compiled when the first one is made, and ``dataclasses.replace``, ``fields`` and ``asdict`` work,
because the fields they look for are made when they are looked for.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable
from typing import Any

MISSING: Any = object()
_OF_THE_CLASS = frozenset({"__annotations__", "__module__", "__qualname__", "__classcell__"})


class _Tuples(type):
    """Makes of each class below ``NamedTuple`` a named tuple, with the methods and properties it has."""

    def __new__(cls, name: str, bases: tuple[type, ...], space: dict[str, Any]) -> Any:
        if not bases:
            return super().__new__(cls, name, bases, space)
        names = tuple(space.get("__annotations__", ()))
        given = [item for item in names if item in space]
        made = namedtuple(name, names, defaults=[space[item] for item in given], module=space["__module__"])  # type: ignore[misc]
        if given != list(names[len(names) - len(given) :]):
            raise TypeError(f"{name}: a field without default after one with")
        made.__annotations__ = space.get("__annotations__", {})
        made.__qualname__ = space["__qualname__"]
        for key, value in space.items():
            if key not in _OF_THE_CLASS and key not in names:
                setattr(made, key, value)
        return made


class NamedTuple(metaclass=_Tuples):
    """``typing.NamedTuple`` without compiling the annotation of every field: a third of its cost."""


class Factory:
    """A default that is made anew for each record."""

    __slots__ = ("make",)

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make


def field(*, default: Any = MISSING, default_factory: Any = MISSING) -> Any:
    """The default of a field, as ``dataclasses.field`` says it; nothing else of it is offered."""
    return Factory(default_factory) if default_factory is not MISSING else default


class Record(type):
    """The class of records: makes what ``dataclasses`` and ``inspect`` ask for when they ask."""

    def __getattr__(cls, name: str) -> Any:
        if name in ("__dataclass_fields__", "__dataclass_params__"):
            _show_fields(cls)
            return type.__getattribute__(cls, name)
        if name == "__signature__":
            from inspect import signature

            made = signature(_compile(cls))
            return made.replace(parameters=[*made.parameters.values()][1:])
        raise AttributeError(f"type object {cls.__name__!r} has no attribute {name!r}")


def dataclass(*, frozen: bool, slots: bool = True, order: bool = False) -> Callable[[type], type]:
    """A record of the annotated class. Only frozen, slotted classes without bases are made."""
    if not (frozen and slots):
        raise TypeError("a record is frozen and slotted")
    return lambda cls: _record(cls, order)


def _record(cls: type, order: bool) -> type:
    if cls.__bases__ != (object,):
        raise TypeError(f"record {cls.__name__} has bases")
    space = {key: value for key, value in cls.__dict__.items() if key not in ("__dict__", "__weakref__")}
    names = tuple(key for key, kind in space.get("__annotations__", {}).items() if not str(kind).startswith("ClassVar"))
    defaults = {name: space.pop(name) for name in names if name in space}
    space |= _METHODS | (_ORDER if order else {})
    space |= {key: value for key, value in cls.__dict__.items() if key in _METHODS and callable(value)}
    space |= {"__slots__": names, "__match_args__": names, "_record_defaults": defaults, "_record_order": order}
    space["__qualname__"] = cls.__qualname__
    return Record(cls.__name__, (), space)


def _compile(cls: Any) -> Callable[..., None]:
    """The real ``__init__`` of ``cls``, put in its place."""
    names, defaults = cls.__slots__, cls._record_defaults
    given: dict[str, Any] = {"_set": object.__setattr__, "_missing": MISSING}
    head, body = ["self"], []
    for name in names:
        value = name
        if name in defaults and isinstance(defaults[name], Factory):
            given[f"_make_{name}"] = defaults[name].make
            head.append(f"{name}=_missing")
            value = f"_make_{name}() if {name} is _missing else {name}"
        elif name in defaults and defaults[name] is not MISSING:
            given[f"_default_{name}"] = defaults[name]
            head.append(f"{name}=_default_{name}")
        else:
            head.append(name)
        body.append(f" _set(self, {name!r}, {value})")
    if "__post_init__" in cls.__dict__:
        body.append(" self.__post_init__()")
    exec(f"def __init__({', '.join(head)}):\n" + "\n".join(body or [" pass"]), given)  # noqa: S102 names of our own fields
    made: Callable[..., None] = given["__init__"]
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    made.__annotations__ = {**cls.__annotations__, "return": "None"}
    made.__module__ = cls.__module__
    type.__setattr__(cls, "__init__", made)
    return made


def _show_fields(cls: Any) -> None:
    """Give ``cls`` the fields that ``dataclasses`` looks for."""
    import dataclasses

    space: dict[str, Any] = {"__annotations__": dict(cls.__annotations__), "__module__": cls.__module__, "__doc__": "-"}
    for name, value in cls._record_defaults.items():
        made = isinstance(value, Factory)
        space[name] = dataclasses.field(default_factory=value.make) if made else dataclasses.field(default=value)
    shadow: Any = dataclasses.dataclass(frozen=True, order=cls._record_order)(type(cls.__name__, (), space))
    type.__setattr__(cls, "__dataclass_fields__", shadow.__dataclass_fields__)
    type.__setattr__(cls, "__dataclass_params__", shadow.__dataclass_params__)


def _values(record: Any) -> tuple[Any, ...]:
    return tuple(getattr(record, name) for name in record.__slots__)


def _init(self: Any, *args: Any, **kwargs: Any) -> None:
    _compile(type(self))(self, *args, **kwargs)


def _frozen(self: Any, name: str, *_: object) -> None:
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(f"cannot change field {name!r}")


def _eq(self: Any, other: object) -> bool:
    mine, theirs = _tuples(self)
    source = (
        f"def __eq__(self, other):\n return {mine} == {theirs} if other.__class__ is self.__class__ else NotImplemented"
    )
    same: bool = _compiled(self, "__eq__", source)(other)
    return same


def _hash(self: Any) -> int:
    made = _compiled(self, "__hash__", f"def __hash__(self):\n return hash({_tuples(self)[0]})")
    return int(made())


def _tuples(self: Any) -> tuple[str, str]:
    """The fields of ``self`` and ``other`` as source text."""
    names = self.__slots__
    return "(" + "".join(f"self.{name}, " for name in names) + ")", "(" + "".join(
        f"other.{name}, " for name in names
    ) + ")"


def _compiled(self: Any, name: str, source: str) -> Any:
    """A method of our own fields, compiled at its first use and put in its place."""
    given: dict[str, Any] = {}
    exec(source, given)  # noqa: S102 names of our own fields
    type.__setattr__(type(self), name, given[name])
    return getattr(self, name)


def _repr(self: Any) -> str:
    inner = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__slots__)
    return f"{type(self).__qualname__}({inner})"


def _lt(self: Any, other: object) -> bool:
    return _values(self) < _values(other) if other.__class__ is self.__class__ else NotImplemented


def _le(self: Any, other: object) -> bool:
    return _values(self) <= _values(other) if other.__class__ is self.__class__ else NotImplemented


def _gt(self: Any, other: object) -> bool:
    return _values(self) > _values(other) if other.__class__ is self.__class__ else NotImplemented


def _ge(self: Any, other: object) -> bool:
    return _values(self) >= _values(other) if other.__class__ is self.__class__ else NotImplemented


def _getattr(self: Any, name: str) -> Any:
    if name in ("__dataclass_fields__", "__dataclass_params__"):
        return getattr(type(self), name)
    raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")


def _getstate(self: Any) -> list[Any]:
    return list(_values(self))


def _setstate(self: Any, state: list[Any]) -> None:
    for name, value in zip(self.__slots__, state, strict=True):
        object.__setattr__(self, name, value)


_METHODS: dict[str, Any] = {
    "__init__": _init,
    "__setattr__": _frozen,
    "__delattr__": _frozen,
    "__eq__": _eq,
    "__hash__": _hash,
    "__repr__": _repr,
    "__getattr__": _getattr,
    "__getstate__": _getstate,
    "__setstate__": _setstate,
}
_ORDER: dict[str, Any] = {"__lt__": _lt, "__le__": _le, "__gt__": _gt, "__ge__": _ge}
