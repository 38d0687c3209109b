"""Jobs done side by side, each session with its own names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait

from powercx.analytics.engine.workspace import Workspace
from powercx.analytics.measures.gather import Gatherer

Job = Callable[[Workspace, Gatherer], None]


def side_by_side(work: Workspace, gatherer: Gatherer, jobs: Sequence[Job]) -> None:
    """Begin the jobs in their order, two at once if the engine gains by it, and do all of them.

    The first fault is raised, once the statement beside it has been stopped.
    """
    waiting = list(reversed(jobs))

    def run(session: Workspace, own: Gatherer) -> None:
        while waiting:
            waiting.pop()(session, own)

    other = work.beside()
    second = gatherer.beside(other)
    if second is None:
        run(work, gatherer)
        return
    with ThreadPoolExecutor(2) as pool:
        running = [pool.submit(run, work, gatherer), pool.submit(run, other, second)]
        try:
            done, _ = wait(running, return_when=FIRST_EXCEPTION)
            for one in done:
                one.result()
        except BaseException:
            waiting.clear()
            work.interrupt()
            other.interrupt()
            raise
