"""Names of solvers, and what is refused as one."""

import pytest

import negotiation_sim as ns
from negotiation_sim.equilibria.concepts import default_solver, solver_for

DILEMMA = ns.NormalFormGame([[[3, 0], [5, 1]], [[3, 5], [0, 1]]])


def test_names_stand_for_solvers_and_solvers_for_themselves():
    assert solver_for("nash", 2) == ns.AllNash()
    assert solver_for("nash", 3) == ns.PureNash()
    assert solver_for("pure", 2) == default_solver(ns.NormalFormGame([[[[0]]]] * 3, players=["a", "b", "c"])) == ns.PureNash()
    own = ns.PureNash(rtol=1e-3)
    assert solver_for(own, 2) is own
    assert solver_for(ns.NashpyVertexEnumeration(), 2) == ns.NashpyVertexEnumeration()


@pytest.mark.parametrize(
    ("solver", "message"),
    [
        (ns.PureNash, r"got the class PureNash: give PureNash\(\)"),
        (3, "got int 3"),
        ({"nash"}, "got set {'nash'}"),
        (len, "or a solver such as PureNash"),
        ("nsh", "did you mean 'nash'"),
    ],
)
def test_what_is_no_solver_is_refused_everywhere(solver, message):
    with pytest.raises(ValueError, match=message):
        ns.solve(DILEMMA, solver)
    crisis = ns.load("istanbul-2025")
    with pytest.raises(ValueError, match=message):
        crisis.solve(solver)
    with pytest.raises(ValueError, match=message):
        ns.sweep(crisis, ns.grid(rho=[0.0, 0.05]), solvers=[solver])
