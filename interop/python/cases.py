"""A test harness in a page: cases run in the order of their definition and are reported line by line."""
import time
import traceback

_cases = []


def case(function):
    """The first line of the docstring is the case's name."""
    _cases.append(function)
    return function


def run():
    for function in _cases:
        name = function.__doc__.strip().splitlines()[0]
        try:
            function()
            print(f"ok - {name}", flush=True)
        except BaseException as error:  # A failing case must not keep the others from running.
            for line in traceback.format_exc().splitlines():
                print(f"# {line}")
            print(f"not ok - {name}\t{type(error).__name__}: {' '.join(str(error).split())}", flush=True)
    print("done", flush=True)


def until(probe, what, timeout=30.0):
    """Calls `probe` until it returns something true."""
    deadline = time.monotonic() + timeout
    while True:
        value = probe()
        if value:
            return value
        assert time.monotonic() < deadline, f"{what}: not within {timeout} s"


def equal(actual, expected):
    assert actual == expected, f"{str(actual)[:500]} instead of {str(expected)[:500]}"


def raises(kind, function, text=""):
    """The exception that `function` must raise."""
    try:
        function()
    except kind as error:
        assert text in str(error) + type(error).__name__, f"{error!r} does not speak of {text}"
        return error
    raise AssertionError(f"no {kind.__name__}")
