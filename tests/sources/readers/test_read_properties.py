from __future__ import annotations

import csv
import io

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

CELL = st.text(alphabet='ab ,;"\n中', max_size=6)


@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    rows=st.lists(st.tuples(CELL, CELL, CELL), max_size=6),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_what_a_writer_writes_comes_back_with_its_lines(read, rows, quoting, end):
    out = io.StringIO()
    writer = csv.writer(out, quoting=quoting, lineterminator=end)
    writer.writerow(["id", "a", "b"])
    expected, line = [], 2
    for row in rows:
        writer.writerow(row)
        values = tuple(value or None for value in row)
        if any(values):
            expected.append((*values, line))
        line += 1 + sum(value.count("\n") for value in row)

    found = read(out.getvalue(), delimiter=",")

    assert (found.rows, found.rejects) == (expected, [])
