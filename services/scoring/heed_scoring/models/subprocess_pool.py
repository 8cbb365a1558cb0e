"""Long calculations in a child process, so that the event loop stays responsive."""

import asyncio
import signal
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import ParamSpec, TypeVar

Given = ParamSpec("Given")
Result = TypeVar("Result")


async def run_in_process(function: Callable[Given, Result], *arguments: Given.args, **named: Given.kwargs) -> Result:
    """Return the result of the function, called in a child process; arguments and result are pickled."""
    # Ctrl-C reaches the whole process group; the child leaves it to its parent.
    with ProcessPoolExecutor(1, get_context("spawn"), signal.signal, (signal.SIGINT, signal.SIG_IGN)) as pool:
        return await asyncio.wrap_future(pool.submit(function, *arguments, **named))
