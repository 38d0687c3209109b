"""Jobs done side by side, each session with its own names."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait

from powercx.analytics.engine.workspace import Workspace
from powercx.analytics.measures.gather import Gatherer

Job = Callable[[Workspace, Gatherer], None]
_AGAIN_S = 0.1


def side_by_side(work: Workspace, gatherer: Gatherer, jobs: Sequence[Job]) -> None:
    """Begin the jobs in their order, two at once if the engine gains by it, and do all of them.

    The first fault is raised, once what runs beside it has been stopped.
    """
    waiting = deque(jobs)

    def run(session: Workspace, own: Gatherer) -> None:
        while True:
            try:
                job = waiting.popleft()
            except IndexError:
                return
            job(session, own)

    with work.beside() as other:
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
                # Between two statements there is nothing to stop; the next one is stopped then.
                while wait(running, timeout=_AGAIN_S).not_done:
                    work.interrupt()
                    other.interrupt()
                raise
