"""What `import smarketing` costs over the bare interpreter. Target: at most 75 ms.

Both are started again and again, side by side, and the fastest start of each is taken: what the machine
does besides can only add.
"""

from __future__ import annotations

import subprocess
import sys
import time

TARGET_MS = 75
STARTS = 15


def start_ms(code: str) -> float:
    """Milliseconds to start an interpreter that runs the code and ends."""
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return (time.perf_counter() - begin) * 1000


def main() -> None:
    """Print the three numbers, and end with status 1 where the target is missed."""
    codes = {"bare": "pass", "smarketing": "import smarketing"}
    fastest = {name: min(start_ms(code) for _ in range(STARTS)) for name, code in codes.items()}
    cost_ms = fastest["smarketing"] - fastest["bare"]
    print(f"bare interpreter    {fastest['bare']:6.1f} ms")
    print(f"import smarketing   {fastest['smarketing']:6.1f} ms")
    print(f"cost of the import  {cost_ms:6.1f} ms  (target: at most {TARGET_MS} ms)")
    sys.exit(cost_ms > TARGET_MS)


if __name__ == "__main__":
    main()
