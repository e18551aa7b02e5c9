"""Make .venv from a hashed lock, unless it is there and up to date, then run a command in it.

    python tools/bootstrap.py [--exact] LEVEL [COMMAND [ARGUMENT ...]]

LEVEL names the lock: run, test or benchmark, each a superset of the one before. With --exact the environment must be of the
interpreter that runs this file; without it any suitable interpreter that .venv already has will do.

The environment is right or it is rebuilt: a stamp is removed before the first change and written after the last one, so a set-up
killed at any moment is seen by the next. Whoever changes .venv holds an exclusive lock on a file beside it, whoever runs in it
a shared one; the locks pass on to pip and to the command, so they end with the last process that needs them, however it ends.

Standard library only, and written so that Python 2.7 can read it far enough to say that it is too old.
"""

import ast
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time

OLDEST, NEWEST = (3, 11), (3, 14)  # what the locks have wheels for
LEVELS = ("run", "test", "benchmark")
STAMP_FORMAT = 1

ROOT = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
VENV = os.path.join(ROOT, ".venv")
STAMP = os.path.join(VENV, "negotiation_sim.json")
WINDOWS = os.name == "nt"
BIN = os.path.join(VENV, "Scripts" if WINDOWS else "bin")
VENV_PYTHON = os.path.join(BIN, "python.exe" if WINDOWS else "python")

# Where packages come from is the user's business. Every other setting of pip (user, target, prefix, require-virtualenv, constraint, ...)
# could only spoil an environment that is fully determined by its lock.
PIP_SETTINGS = (
    "CACHE_DIR CERT CLIENT_CERT DEFAULT_TIMEOUT EXTRA_INDEX_URL FIND_LINKS INDEX_URL KEYRING_PROVIDER NO_CACHE_DIR NO_INDEX PROXY RETRIES "
    "TIMEOUT TRUSTED_HOST"
).split()

# What would make Python load other code than the environment's, or do other work with it.
PYTHON_VARIABLES = (
    "PYTHONHOME PYTHONPATH PYTHONPLATLIBDIR PYTHONUSERBASE PYTHONSTARTUP PYTHONINSPECT PYTHONOPTIMIZE PYTHONSAFEPATH PYTHONEXECUTABLE "
    "__PYVENV_LAUNCHER__"
).split()


class Failure(Exception):
    """Something that the person at the terminal must know, in their words."""


def say(text):
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def unsuitable(version, implementation="cpython"):
    """Say in one line why an interpreter can't be used; None if it can."""
    advice = "Install one, or name one: make PYTHON=/path/to/python"
    if not OLDEST <= tuple(version[:2]) <= NEWEST or implementation != "cpython":
        found = (implementation, version[0], version[1], sys.executable or "python")
        text = "negotiation_sim needs CPython {0}.{1} to {2}.{3}; this is {4} {5}.{6} ({7}). {8}"
        return text.format(*(OLDEST + NEWEST + found + (advice,)))
    return None


def missing_modules():
    """Say in one line which standard modules the distributor left out; None if all are there."""
    for name in ("venv", "ensurepip"):
        try:
            __import__(name)
        except ImportError:
            return (
                "This Python ({0}) comes without its standard module {1}. Install it (Debian, Ubuntu: apt install python3-venv), "
                "or name another Python: make PYTHON=/path/to/python".format(sys.executable, name)
            )
    return None


def digest(*parts):
    with open(os.path.join(ROOT, *parts), "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def base_python():
    """The interpreter itself, also when a virtual environment's Python runs this file."""
    return os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)


def interpreter():
    """What an environment made by the interpreter that runs this file depends on."""
    return {"base": base_python(), "version": "{0}.{1}".format(*sys.version_info[:2]), "full_version": sys.version.split()[0]}


def site_packages(version):
    return os.path.join(VENV, "Lib" if WINDOWS else "lib/python{0}".format(version), "site-packages")


def entries(version):
    """The names in site-packages, by which a package that was removed or replaced behind make's back is seen."""
    try:
        return sorted(name for name in os.listdir(site_packages(version)) if name != "__pycache__" and not name.startswith("~"))
    except OSError:
        return []


def read_stamp():
    try:
        with open(STAMP) as file:
            stamp = json.load(file)
        return stamp if stamp["format"] == STAMP_FORMAT and stamp["level"] in LEVELS else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_stamp(level, python):
    """Say that .venv is complete, and all that decides whether it still is what was set up."""
    stamp = dict(python, format=STAMP_FORMAT, level=level, root=ROOT, entries=entries(python["version"]))
    stamp.update(lock=digest("requirements", level + ".txt"), project=digest("pyproject.toml"))
    temporary = STAMP + ".new"
    with open(temporary, "w") as file:
        json.dump(stamp, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, STAMP)


def venv_version():
    """The version that .venv's own interpreter has today; None if it does not start."""
    if os.path.realpath(sys.prefix) == os.path.realpath(VENV):
        return "{0}.{1}".format(*sys.version_info[:2])
    try:
        code = "import sys; print('%d.%d' % sys.version_info[:2])"
        return subprocess.check_output([VENV_PYTHON, "-I", "-S", "-c", code], stderr=subprocess.DEVNULL).decode().strip()
    except (OSError, subprocess.CalledProcessError):
        return None


def needed(level, exact):
    """What must be done before LEVEL can be used, as (work, reason); work is None, "project", "packages" or "all"."""
    stamp = read_stamp()
    if not os.path.lexists(VENV):
        return "all", "first use"
    if stamp is None:
        return "all", "the last set-up did not finish, or was not made by make"
    if stamp["root"] != ROOT:
        return "all", "the folder has moved"
    if venv_version() != stamp["version"]:
        return "all", "its Python has changed"
    if exact and any(stamp[key] != value for key, value in interpreter().items()):
        return "all", "another Python is asked for"
    if stamp["lock"] != digest("requirements", stamp["level"] + ".txt"):
        return "all", "the lock has changed"
    if not set(stamp["entries"]).issubset(entries(stamp["version"])):
        return "all", "its packages were changed from outside"
    if LEVELS.index(level) > LEVELS.index(stamp["level"]):
        return "packages", "more packages are needed"
    if stamp["project"] != digest("pyproject.toml"):
        return "project", "pyproject.toml has changed"
    return None, "up to date"


def clean_environment():
    """The user's environment without what would lead Python or pip astray."""
    environment = {k: v for k, v in os.environ.items() if k.upper() not in PYTHON_VARIABLES}
    wanted = {"PIP_" + name for name in PIP_SETTINGS} | {"PIP_CONFIG_FILE"}
    environment = {k: v for k, v in environment.items() if not k.upper().startswith("PIP_") or k.upper() in wanted}
    environment["PYTHONNOUSERSITE"] = "1"
    return environment


def call(arguments, purpose, environment, lock):
    """Run one step of the set-up silently; if it fails, show the end of what it said. Returns its standard output."""
    inherit = {} if WINDOWS or lock is None else {"pass_fds": (lock,)}
    process = subprocess.Popen(
        arguments, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **inherit
    )
    out, err = (stream.decode("utf-8", "replace") for stream in process.communicate())
    if process.returncode:
        lines = [line for line in (out + err).splitlines() if line.strip() and "is ignored: it is " not in line]
        say("\n".join("  " + line for line in lines[-25:]))
        raise Failure("Could not {0}. Nothing is lost: mend what the lines above name, then run make again.".format(purpose))
    return out


def pip_environment(lock):
    """An environment in which pip knows the user's indexes, certificates, proxies and caches, and no other setting of theirs.

    pip has no switch for "this part of my configuration only", so its own reading of its files is put into variables.
    """
    environment = clean_environment()
    listing = call([VENV_PYTHON, "-I", "-m", "pip", "config", "list"], "read the configuration of pip", environment, lock)
    found = {}
    for line in listing.splitlines():
        key, equals, value = line.partition("=")
        section, dot, name = key.rpartition(".")
        name = name.upper().replace("-", "_")
        if equals and dot and name in PIP_SETTINGS:
            found[section, name] = ast.literal_eval(value)
    for section in ("global", "install", ":env:"):  # the order in which pip lets one override the other
        environment.update(("PIP_" + name, value) for (where, name), value in found.items() if where == section)
    environment.update(PIP_CONFIG_FILE=os.devnull, PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_NO_INPUT="1")
    return environment


def remove_venv():
    for attempt in range(4):
        try:
            if os.path.islink(VENV) or os.path.isfile(VENV):
                os.unlink(VENV)
            elif os.path.isdir(VENV):
                if os.path.exists(STAMP):
                    os.unlink(STAMP)
                shutil.rmtree(VENV)
            return
        except OSError:  # something still writes there, or (Windows) runs from there
            if attempt == 3:
                raise
            time.sleep(0.5)


def set_up(level, work, reason, lock):
    """Bring .venv to LEVEL. The caller holds the exclusive lock."""
    stamp = read_stamp()
    python = interpreter()
    if stamp is not None:
        level = max(level, stamp["level"], key=LEVELS.index)
        if work != "all":
            python = {key: stamp[key] for key in python}
    if work == "all":
        problem = missing_modules()
        if problem:
            raise Failure(problem)
    if work != "project":
        say("Setting up .venv with Python {0} ({1}): under a minute.".format(python["full_version"], reason))
    if work == "all":
        remove_venv()
        call([base_python(), "-I", "-m", "venv", VENV], "make the virtual environment .venv", clean_environment(), lock)
    elif os.path.exists(STAMP):
        os.unlink(STAMP)

    pip = [VENV_PYTHON, "-I", "-m", "pip", "install", "--quiet", "--no-warn-script-location"]
    environment = pip_environment(lock)
    if work != "project":
        requirements = os.path.join("requirements", level + ".txt")
        purpose = "install the packages of {0} (are the network and pip's index reachable?)".format(requirements)
        call(pip + ["--no-compile", "--require-hashes", "-r", requirements], purpose, environment, lock)
        # Compiled once on all cores, without test suites: quicker than pip's own pass, and it spares every later start, also where
        # PYTHONDONTWRITEBYTECODE is set. Some packages carry files for other Pythons, so errors do not count.
        code = "import compileall, re, sys; compileall.compile_dir(sys.argv[1], quiet=2, workers=0, rx=re.compile(sys.argv[2]))"
        skip = r"[\\/](tests?|pip|setuptools|pkg_resources)[\\/]"
        call([VENV_PYTHON, "-I", "-c", code, site_packages(python["version"]), skip], "compile the packages", environment, lock)
    call(pip + ["--no-build-isolation", "--no-deps", "--editable", "."], "install the project", environment, lock)
    write_stamp(level, python)


def locked(how):
    """Open and lock the file beside .venv; wait if another process is in the way. None where locks don't exist."""
    import fcntl

    handle = None
    try:
        handle = os.open(os.path.join(ROOT, ".venv.lock"), os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(handle, how | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Waiting for another make that " + ("sets up" if how == fcntl.LOCK_SH else "works in") + " .venv.")
            fcntl.flock(handle, how)
    except OSError:  # a file system without locks, or read-only: go on without
        if handle is not None:
            os.close(handle)
        return None
    return handle


def prepare_posix(level, exact):
    """Set .venv up if need be. Returns the handle of a shared lock to be held as long as .venv is in use."""
    import fcntl

    for _ in range(3):
        handle = locked(fcntl.LOCK_SH)
        if needed(level, exact)[0] is None:
            return handle
        if handle is not None:
            os.close(handle)
        handle = locked(fcntl.LOCK_EX)
        work, reason = needed(level, exact)  # another make may have done it while this one waited
        if work is not None:
            set_up(level, work, reason, handle)
        if handle is None:
            return None
        os.close(handle)
    raise Failure("Something else keeps changing .venv: {0}.".format(needed(level, exact)[1]))


def prepare_windows(level, exact):
    """Set .venv up if need be, alone. Windows ends a lock with its process, so commands hold none."""
    import msvcrt

    with open(os.path.join(ROOT, ".venv.lock"), "a+b") as file:
        while True:
            try:
                file.seek(0)
                msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)  # tries for ten seconds
                break
            except OSError:
                say("Waiting for another make that sets up .venv.")
        try:
            work, reason = needed(level, exact)
            if work is not None:
                set_up(level, work, reason, None)
        finally:
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)


def run(command, handle):
    """Become COMMAND, in the environment; the shared lock stays with it."""
    environment = clean_environment()
    environment["VIRTUAL_ENV"] = VENV
    environment["PATH"] = BIN + os.pathsep + environment.get("PATH", os.defpath)
    program = shutil.which(command[0], path=environment["PATH"])
    if program is None:
        raise Failure("No command {0} in .venv or on PATH.".format(command[0]))
    os.chdir(ROOT)
    if WINDOWS:
        return subprocess.call([program] + command[1:], env=environment)
    if handle is not None:
        os.set_inheritable(handle, True)
    return os.execve(program, command, environment)


def main(arguments):
    exact = arguments[:1] == ["--exact"]
    arguments = arguments[exact:]
    if not arguments or arguments[0] not in LEVELS:
        say("usage: python tools/bootstrap.py [--exact] {" + ",".join(LEVELS) + "} [COMMAND [ARGUMENT ...]]")
        return 2
    try:
        implementation = getattr(getattr(sys, "implementation", None), "name", "cpython")
        problem = unsuitable(sys.version_info, implementation)
        if problem:
            raise Failure(problem)
        handle = (prepare_windows if WINDOWS else prepare_posix)(arguments[0], exact)
        return run(arguments[1:], handle) if arguments[1:] else 0
    except Failure as failure:
        say(str(failure))
        return 1
    except OSError as error:
        say("Could not set up .venv: {0}".format(error))
        return 1
    except KeyboardInterrupt:
        say("Stopped. The next make repairs what is unfinished.")
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
