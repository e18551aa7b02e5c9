"""What all tests share: how hypothesis searches, where the conformance data lie, how long slow tests may take."""

import gc
import os
import time
from pathlib import Path

import hypothesis
import pytest

os.environ.setdefault("MPLBACKEND", "Agg")

# Deadlines measure the machine, not the code. CI tries the same examples every time; elsewhere each run tries new ones, so that few a run
# are many in all.
hypothesis.settings.register_profile("local", deadline=None, max_examples=50)
hypothesis.settings.register_profile("ci", deadline=None, max_examples=50, derandomize=True, print_blob=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "local")

ROOT = Path(__file__).resolve().parents[1]
STARTED = time.monotonic()


def pytest_collection_finish():
    """What was imported to collect the tests lives to the end: no collection of garbage need look at it again and again."""
    gc.collect()
    gc.freeze()


def pytest_addoption(parser):
    parser.addoption("--budget", type=float, metavar="SECONDS", help="fail every test that would start later than this")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    budget = item.config.getoption("budget")
    if budget is not None and time.monotonic() - STARTED > budget:
        pytest.fail(f"not run: the tests before it took more than the budget of {budget:g} s", pytrace=False)


@pytest.fixture(scope="session")
def conformance() -> Path:
    """The folder of games with known answers that lies beside the repository, not in it."""
    folder = ROOT.parent / "shared" / "conformance"
    if not folder.is_dir():
        pytest.skip("no conformance data: there is no folder ../shared/conformance beside the repository")
    return folder
