"""`Optimizer`: what moves parameters along their gradients, in groups with settings of their own, as in PyTorch."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from micrograd_plus.arguments import described
from micrograd_plus.optimizer_settings import Setting, at_least_zero
from micrograd_plus.optimizer_state_dict import fitting, loaded, state_dict
from micrograd_plus.parameters import Parameter, parameter_list, require_numbers
from micrograd_plus.suggestions import require_known


class Optimizer:
    """Applies its rule to parameters. Abstract: see `SGD`, `Adam` and the others.

    `params` are parameters, or groups of them: mappings with `"params"` and those settings in which a group differs
    from `lr` and the other arguments. `param_groups` holds for each group a dict of its parameters, which stay as they
    are, and of all of its settings, which may be changed between steps. A setting as an attribute, such as `lr`, is
    that of all groups: it is read and set where they agree, ValueError where they do not.

    A parameter may be in two optimizers, as in PyTorch: each moves it by the gradient that it finds, and keeps a state
    of its own.

    Raises `TypeError` or `ValueError` for parameters that are none, that come twice, or of which there is not one, and
    for settings that there are not or that cannot be.

    A class of optimizers has a `rule`, whose keywords are `Setting`s of the class, and says in `numbers` which
    arguments of the rule are one number for all elements of a parameter, such as a count of steps, and in `squares`
    which are sums or means of squares.

    >>> from micrograd_plus import Value
    >>> from micrograd_plus.optim import SGD
    >>> x, y = Value(1.0), Value(1.0)
    >>> optimizer = SGD([{"params": [x], "lr": 0.5}, {"params": [y]}], lr=0.1)
    >>> (x + y).backward()
    >>> optimizer.step()
    >>> x.data, y.data, [group["lr"] for group in optimizer.param_groups]
    (0.5, 0.9, [0.5, 0.1])
    """

    rule: ClassVar[Callable[..., tuple[Any, ...]]]
    numbers: ClassVar[tuple[str, ...]] = ()
    squares: ClassVar[tuple[str, ...]] = ()
    lr = Setting(at_least_zero)

    state_names: ClassVar[tuple[str, ...]] = ()
    _keywords: ClassVar[tuple[str, ...]]
    _settings: ClassVar[dict[str, Setting]]

    def __init_subclass__(cls, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        if not hasattr(cls, "rule"):
            return  # an abstract one
        rule = inspect.signature(cls.rule).parameters.values()
        cls.state_names = tuple(each.name for each in rule if each.kind is each.POSITIONAL_OR_KEYWORD)[2:]
        cls._keywords = tuple(each.name for each in rule if each.kind is each.KEYWORD_ONLY)
        attributes = [each for kind in reversed(cls.__mro__) for each in vars(kind).items()]
        cls._settings = {name: each for name, each in attributes if isinstance(each, Setting)}

    def __init__(self, params: Iterable[Any], lr: float, **settings: Any) -> None:
        self.defaults = self.checked({"lr": lr, **settings})
        self.param_groups: list[dict[str, Any]] = []
        self._states: list[Iterable[Any]] = []
        self._known: list[dict[str, Any]] = []
        self._rule_settings: list[dict[str, Any]] = []
        for group in _groups(params):
            self.add_param_group(group)

    # --- groups

    @property
    def params(self) -> list[Any]:
        """The parameters of all groups, in order."""
        return [parameter for group in self.param_groups for parameter in group["params"]]

    def group_numbers(self) -> list[int]:
        """Return for each parameter the number of its group."""
        return [number for number, group in enumerate(self.param_groups) for _ in group["params"]]

    def add_param_group(self, param_group: Mapping[str, Any]) -> None:
        """Move the parameters of one more group too; what it leaves out is as in `defaults`.

        Raises `TypeError` or `ValueError`, and there is no new group, for what is none, and for a parameter that is in
        a group by now.
        """
        if not isinstance(param_group, Mapping) or "params" not in param_group:
            raise TypeError(f'wanted a group such as {{"params": [...], "lr": 0.1}}, got {_kind(param_group)}')
        settings = {name: value for name, value in param_group.items() if name != "params"}
        for name in settings:
            require_known("setting of a parameter group", name, self.defaults)
        params = param_group["params"]
        params = parameter_list([params] if isinstance(params, Parameter) else params)
        known = {id(parameter) for parameter in self.params}
        if any(id(parameter) in known for parameter in params):
            raise ValueError("a parameter is in two groups: it would be moved twice in each step")
        settings = self.checked({**self.defaults, **settings})
        initial = self.initial_state(settings)
        self.param_groups.append({"params": tuple(params), **settings})
        self._states = [*self._states, *(list(initial) for _ in params)]

    def checked(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return the settings of a group as plain numbers; `TypeError` or `ValueError` for one that cannot be."""
        for name in settings:
            require_known(f"setting of {type(self).__name__}", name, self._settings)
        return {name: self._settings[name].check(name, value) for name, value in settings.items()}

    def settings(self) -> list[dict[str, Any]]:
        """Return for each group the keywords of the rule as they are now, checked."""
        if self.param_groups != self._known:
            known = [dict(group) for group in self.param_groups]
            checked = [self.checked({name: group[name] for name in self.defaults}) for group in known]
            self._rule_settings = [{name: settings[name] for name in self._keywords} for settings in checked]
            self._known = known
        return self._rule_settings

    # --- state

    def initial_state(self, settings: Mapping[str, Any]) -> Sequence[float]:
        """Return what the state of each parameter of a group with these settings begins as."""
        return [0.0] * len(self.state_names)

    def state(self) -> list[list[Any]]:
        """Return what the rule keeps of each parameter, such as its velocity: numbers, or arrays of its shape."""
        return [list(state) for state in self._states]

    def set_state(self, state: Sequence[Sequence[Any]]) -> None:
        """Go on from what `state()` returned, or from the same with lists for its arrays, as JSON holds them.

        Raises `ValueError` if it is of another number of parameters, of another rule or of other shapes, or if a count
        or a square is negative.
        """
        self._states = list(self.checked_state(state))

    def checked_state(self, state: Sequence[Sequence[Any]]) -> list[list[Any]]:
        """Return what `set_state` would take, which raises the same."""
        params, size = self.params, len(self.state_names)
        if [len(kept) for kept in state] != [size] * len(params):
            raise ValueError(f"wanted {size} number(s) for each of {len(params)} parameters")
        return [
            [self._fitting(name, entry, parameter.data) for name, entry in zip(self.state_names, kept, strict=True)]
            for kept, parameter in zip(state, params, strict=True)
        ]

    def _fitting(self, name: str, entry: Any, data: Any) -> Any:
        entry = fitting(name, entry, data)
        if name in self.numbers and not np.all((np.asarray(entry) >= 0) & np.isfinite(entry)):
            raise ValueError(f"{name}: wanted a finite number of at least 0, got {described(entry)}")
        if name in self.squares and np.any(np.asarray(entry) < 0):  # nan is what training that diverged keeps
            raise ValueError(f"{name}: wanted squares, which are at least 0, got {described(entry)}")
        return entry

    def state_dict(self) -> dict[str, Any]:
        """Return settings and state as PyTorch lays them out: `{"state": {k: {name: array}}, "param_groups": [...]}`.

        The groups list their parameters by number, k, counted through all groups. Left out of the state is what still
        is as it began.

        >>> from micrograd_plus import Value
        >>> from micrograd_plus.optim import Adagrad
        >>> x = Value(3.0)
        >>> optimizer = Adagrad([x], lr=0.5)
        >>> (x * x).backward()
        >>> optimizer.step()
        >>> optimizer.state_dict()["state"]
        {0: {'sum': 36.0, 'step': 1.0}}
        """
        return state_dict(self)

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from what `state_dict()` returned, with its settings; PyTorch's of the same optimizer will do.

        Its numbers may be arrays, tensors of PyTorch, or nested lists, as JSON holds them, in the shapes of the
        parameters here: PyTorch's `Linear` has its weight transposed. Raises `TypeError` or `ValueError`, and nothing
        has changed, for what is of other groups, of another optimizer or of other shapes.
        """
        settings, self._states = loaded(self, state_dict)
        for group, new in zip(self.param_groups, settings, strict=True):
            group.update(new)

    def completed(self, entries: Mapping[str, Any], settings: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a parameter's entries of a state dict with what PyTorch does not keep, but the rule does."""
        return entries

    # --- steps

    def step(self) -> None:
        """Move each parameter that has a gradient: its data becomes a new number or array.

        An old array stays as it is, unless it is a view of what a program holds.

        All parameters have moved, or none: where the step is interrupted, or raises, their data and the state are set
        back. Raises `ValueError` or `TypeError` if a setting was set to what it cannot be, or a gradient to what does
        not fit its parameter.
        """
        self._step_of(None)

    def _step_of(self, wanted: set[Any] | None) -> None:
        """Take a step of these parameters alone, None for all; raises the same as `step()`."""
        rule, settings, known = type(self).rule, self.settings(), self._states
        states = self._states = list(known)  # a new list tells who keeps the state elsewhere that it moved on
        moved: list[tuple[Any, Any]] = []
        try:
            k = 0
            for group, keywords in zip(self.param_groups, settings, strict=True):
                for parameter in group["params"]:
                    if parameter.has_grad and (wanted is None or parameter in wanted):
                        data = parameter.data
                        moved.append((parameter, _lasting(data)))
                        parameter.data, *states[k] = rule(data, parameter.grad, *states[k], **keywords)
                    k += 1
        except BaseException as error:
            for parameter, data in moved:
                parameter.data = data
            self._states = known
            if isinstance(error, TypeError):
                require_numbers(self.params)
            raise

    def zero_grad(self) -> None:
        """Forget the gradients of all parameters."""
        for parameter in self.params:
            parameter.zero_grad()


def _groups(params: Iterable[Any]) -> list[Mapping[str, Any]]:
    """Return the groups that an optimizer is made of: one of all parameters if they come without groups."""
    if isinstance(params, Mapping):
        raise TypeError('wanted a list of parameters or of groups, got one mapping: write [{"params": ...}]')
    found = params if isinstance(params, Parameter) or not isinstance(params, Iterable) else list(params)
    if isinstance(found, list) and any(isinstance(each, Mapping) for each in found):
        return found
    return [{"params": parameter_list(found)}]


def _lasting(data: Any) -> Any:
    """Return data that stay as they are when the parameter is set: a view of what a program holds would not."""
    return data if getattr(data, "base", None) is None else data.copy()


def _kind(group: Any) -> str:
    return f"one of {', '.join(map(repr, group))}" if isinstance(group, Mapping) else type(group).__name__
