"""The scenario file that a newcomer starts from."""

from __future__ import annotations

import os

from negotiation_sim.scenario.problem import Problem, ScenarioError, shown

__all__ = ["TEMPLATE", "write_template"]

TEMPLATE = """\
format = 1
title = "Sanctions and a ceasefire"
note = "Stylised: every number is illustrative, not an estimate."
form = "threat_first"                        # the default order of moves: one of [forms], or "simultaneous"

[parameters]                                 # numbers that you can replace, sweep and sample
# range: where it plausibly lies, for axes and samples. domain: where the model makes sense.
bite = {value = 2.0, range = [0, 4], domain = [0, inf], meaning = "what sanctions cost A"}
cost = {value = 0.5, range = [0, 2], domain = [0, inf], meaning = "what sanctions cost B"}
gain = {value = 1.5, range = [0, 3], meaning = "what A gains by fighting on"}
face = {value = 1.0, range = [0, 2], domain = [0, inf], meaning = "what B loses by not following through"}

[definitions]                                # names for parts of formulas
truce = "A.accept"                           # 1 where A accepts, else 0
sanctions = "B.sanction and not truce"       # B sanctions only if there is no truce

[actors.A]                                   # the order of the actors is the order of the players
name = "Side A"
options = {accept = "Accepts the ceasefire", fight = "Fights on"}
[actors.A.payoff]                            # named terms; the payoff is their sum
fighting = "0 if truce else gain"
sanctions = "-bite * sanctions"

[actors.B]
name = "The allies of side B"
options = {wait = "Do not follow through", sanction = "Sanction if there is no ceasefire"}
[actors.B.payoff]
peace = "3 * truce"
sanctions = "-cost * sanctions"
audience = "-face * (B.wait and not truce)"

[forms.threat_first]                         # who moves first; later stages see earlier ones
label = "The allies bind themselves, then A answers"
stages = [{name = "Saturday", decides = ["B"]}, {name = "Sunday", decides = ["A"]}]
[forms.answer_first]
label = "A answers, then the threat falls due"
stages = [{name = "Sunday", decides = ["A"]}, {name = "Monday", decides = ["B"]}]

[outcomes]                                   # what to call the ways it can end; the first match counts
ceasefire = {when = "truce", label = "Ceasefire"}
sanctions_bite = {when = "sanctions", label = "No ceasefire, sanctions"}
bluff_called = {when = "not truce and not sanctions", label = "No ceasefire, the threat was a bluff"}

[variants.empty_threat]                      # what changes, to compare with the base case
label = "Empty threat"
parameters = {face = 0}
"""


def write_template(path: str | os.PathLike[str]) -> None:
    """Write the template to a new file; an existing file is never touched.

    Raises
    ------
    ScenarioError
        If there is something at the path already, or nothing can be written there.
    """
    name = shown(os.fspath(path), plain=True, most=200)
    try:
        with open(path, "x", encoding="utf-8", newline="\n") as file:
            file.write(TEMPLATE)
    except FileExistsError:
        raise ScenarioError([Problem((), "there is such a file already", "the path of a new file", file=name)]) from None
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or "not a possible path").lower()
        raise ScenarioError([Problem((), f"cannot be written: {reason}", "the path of a new file", file=name)]) from None
