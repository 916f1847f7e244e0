"""The promises of trust: what each says, the tests that prove it, the patches that break it and must fail those tests.

To add a promise: write its test; change one line of micrograd_plus/, viz/ or cli/ so that the promise no longer holds;
keep the change with `git diff -U1 >tests/broken/NAME.patch` and undo it; add a row to the file of its section, the test
that notices first in front; run `pytest -n 0 -m "" tests/test_broken.py -k NAME` and `python docs/write_trust.py`.
Tests are named as pytest names them, without the folder `tests/`: those alone that are needed and quick, since each
patch runs them in a process of its own. A patch may belong to several promises; each promise must notice it.
"""

from tests.promises.correct import CORRECT
from tests.promises.engine import ENGINE
from tests.promises.promise import Promise
from tests.promises.robust import ROBUST
from tests.promises.secure import SECURE

__all__ = ["PROMISES", "SECTIONS", "Promise"]

PROMISES = [*CORRECT, *ENGINE, *ROBUST, *SECURE]
SECTIONS = tuple(dict.fromkeys(promise.section for promise in PROMISES))
