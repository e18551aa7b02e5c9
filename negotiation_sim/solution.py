"""What every solver returns and every sweep stores: labelled arrays, without knowing any game theory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Block", "Evaluator", "Solution", "Variable"]


@dataclass(frozen=True)
class Variable:
    """An array with a name for each axis: ``values.ndim == len(dims)``."""

    dims: tuple[str, ...]
    values: NDArray[Any]
    attrs: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.values.ndim != len(self.dims):
            raise ValueError(f"values must have one axis a name in dims {self.dims}; got shape {self.values.shape}")


@runtime_checkable
class Solution(Protocol):
    """The answer of a solver to a batch of problems of shape ``batch_shape``."""

    @property
    def concept(self) -> str:
        """The solution concept: ``"nash"``, ``"subgame-perfect"``, ..."""

    @property
    def form(self) -> str:
        """The form of the game that was solved: ``"simultaneous"`` or the name of a timed form."""

    @property
    def solver(self) -> object:
        """The solver, with the tolerances and choices that it used."""

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the batch."""

    @property
    def status(self) -> NDArray[np.int8]:
        """A `Status` for each point; shape ``(*batch,)``."""

    def variables(self, keep: Sequence[str] | None = None) -> dict[str, Variable]:
        """Labelled arrays, batch axes first (named ``batch_0``, ...)."""


@dataclass(frozen=True)
class Block:
    """One hyper-rectangle of a sweep's design.

    ``dims`` names the axes of the design in order, ``index`` gives the slice of each, ``values`` maps a swept parameter to its
    values with one axis a dim of the design (size 1 where the parameter does not vary), ``param_dims`` to the dims it varies on.
    """

    dims: tuple[str, ...]
    index: tuple[slice, ...]
    shape: tuple[int, ...]
    values: Mapping[str, NDArray[Any]]
    param_dims: Mapping[str, tuple[str, ...]]


class Evaluator(Protocol):
    """A model made ready for one sweep: give it a block, get labelled arrays.

    Every array starts with the dims of the design and ends with dims whose labels are in ``coords``.
    """

    @property
    def coords(self) -> Mapping[str, Sequence[str]]:
        """Labels of the dims behind those of the design (``concept``, ``outcome``, ``player``)."""

    @property
    def extra_coords(self) -> Mapping[str, tuple[str, Sequence[str]]]:
        """Further labels of those dims, such as full names: ``name -> (dim, labels)``."""

    @property
    def attrs(self) -> Mapping[str, object]:
        """What a reader needs to understand the numbers: scenario text, solvers, forms, the note."""

    @property
    def point_bytes(self) -> int:
        """Working memory that one point of the design needs, for choosing the size of a block."""

    def __call__(self, block: Block, into: Mapping[str, NDArray[Any]] | None = None) -> dict[str, Variable]:
        """Solve the block.

        ``into`` holds arrays for the block's share of the result, dims of the design last, once their shapes are known. Who can, writes
        there, and leaves out of what is returned the variables that were written; the others are copied.
        """
