"""Count caught and missed faults by room: python summary.py RESULTS.json... (several files of one tree are put together)."""

import json
import pathlib
import sys

faults = json.loads(pathlib.Path(__file__).with_name("faults.json").read_text())
found = {}
for name in sys.argv[1:]:
    found |= json.loads(pathlib.Path(name).read_text())
rooms = {}
for fault in faults:
    counts = rooms.setdefault(fault["room"], {"caught": [], "missed": [], "not run": []})
    result = found.get(fault["id"], {}).get("result", "not run")
    counts.setdefault(result, []).append(fault["id"])
print(f"{'room':32} faults caught missed not run")
for room, counts in rooms.items():
    sizes = [len(counts[name]) for name in ("caught", "missed", "not run")]
    print(
        f"{room:32} {sum(map(len, counts.values())):6} {sizes[0]:6} {sizes[1]:6} {sizes[2]:7}  missed: {', '.join(counts['missed']) or '-'}"
    )
total = [sum(len(c.get(name, [])) for c in rooms.values()) for name in ("caught", "missed", "not run")]
print(f"{'all':32} {len(faults):6} {total[0]:6} {total[1]:6} {total[2]:7}")
for identity, one in found.items():
    if one["result"] == "missed":
        print(f"missed {identity}: {one['cpu_seconds']} CPU s, {len(one['ran'])} files run, {one['files_not_run']} not")
