"""A long calculation in a process of its own, while others go on being served."""

import asyncio
import signal
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import ParamSpec, TypeVar

Given = ParamSpec("Given")
Result = TypeVar("Result")


async def run_in_process(function: Callable[Given, Result], *arguments: Given.args, **named: Given.kwargs) -> Result:
    """What the function answers; its arguments and its answer travel between the processes."""
    # Ctrl-C reaches the whole process group; the child leaves it to its parent.
    with ProcessPoolExecutor(1, get_context("spawn"), signal.signal, (signal.SIGINT, signal.SIG_IGN)) as pool:
        return await asyncio.wrap_future(pool.submit(function, *arguments, **named))
