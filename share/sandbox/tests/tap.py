"""Run the unittest modules named as TAP: python -m tests.tap tests.test_ecs ..."""

import sys
import traceback
import unittest


class TapResult(unittest.TestResult):
    number = 0

    def _line(self, word: str, test: unittest.TestCase) -> None:
        self.number += 1
        title = test.shortDescription() or test.id().rpartition(".")[2].replace("_", " ")
        print(f"{word} {self.number} - {title.rstrip('.')}", flush=True)

    def addSuccess(self, test):
        super().addSuccess(test)
        self._line("ok", test)

    def addSkip(self, test, reason):
        # A skip would hide a gap.
        self._line("not ok", test)
        print(f"# skipped: {reason}", flush=True)
        self.failures.append((test, reason))

    def _failed(self, test, error):
        self._line("not ok", test)
        for line in "".join(traceback.format_exception(*error)).splitlines():
            print(f"# {line}", flush=True)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._failed(test, err)

    def addError(self, test, err):
        super().addError(test, err)
        self._failed(test, err)

    def addSubTest(self, test, subtest, err):
        # unittest says neither that such a test failed nor that it succeeded.
        super().addSubTest(test, subtest, err)
        if err:
            self._failed(test, err)


def main() -> int:
    suite = unittest.defaultTestLoader.loadTestsFromNames(sys.argv[1:])
    result = TapResult()
    suite.run(result)
    print(f"1..{result.number}")
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
