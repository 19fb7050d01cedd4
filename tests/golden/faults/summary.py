"""Count caught and missed faults by room: python summary.py RESULTS.json... (several files of one tree are put together)."""

import json
import sys
from collections import Counter
from pathlib import Path


def main() -> None:
    faults = json.loads(Path(__file__).with_name("faults.json").read_text())
    results = {}
    for name in sys.argv[1:]:
        results |= json.loads(Path(name).read_text())
    counts = Counter((fault["room"], results.get(fault["id"], {}).get("result", "not run")) for fault in faults)
    rooms = list(dict.fromkeys(fault["room"] for fault in faults))
    print(f"{'room':32} caught missed not run")
    for room in rooms:
        print(f"{room:32} {counts[room, 'caught']:6} {counts[room, 'missed']:6} {counts[room, 'not run']:7}")
    whole = [sum(counts[room, result] for room in rooms) for result in ("caught", "missed", "not run")]
    print(f"{'all':32} {whole[0]:6} {whole[1]:6} {whole[2]:7}")
    print("missed:", ", ".join(name for name, one in results.items() if one["result"] == "missed") or "none")


if __name__ == "__main__":
    main()
